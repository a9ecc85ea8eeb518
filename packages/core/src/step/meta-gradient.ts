import type * as tf from "@tensorflow/tfjs";
import { identityAllReduce, type Params, type Task } from "@vpt/contracts";
import { globalNorm, mapParams } from "@vpt/contracts/tensors";
import type { KeepAlive } from "../internal/with-kept-tensors.js";
import { meanDesignerGradient, meanValue } from "../value/domain-value.js";
import { feedbacksOf, splitDomains } from "../value/domains.js";
import { designerGradient, valuePass, type ValueOptions } from "../value/value-gradient.js";
import { cacheFrozenActivations } from "./learner-gradient.js";
import { valueDefaults } from "./meta-schedule.js";
import type { StepInputs } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** V and what follows from its derivative; new tensors, within the scope of the step. */
export interface MetaGradient {
  readonly value: tf.Scalar;
  /** `∇_φ (V − penalty)` at any φ: `∂V/∂task` does not depend on it. */
  readonly gradientAt: (designerParams: Params) => Params;
  /** The task of a designer in closed form. */
  readonly closedFormTask?: Task;
  /** {@link Designer.metaMetrics}. */
  readonly metrics: Readonly<Record<string, tf.Scalar>>;
}

/**
 * Returns the direction the value is taken along, from the average ḡ_down: scaled by the learner's Adam state, since
 * that is the step the learner takes (v2 eq. 35), and to unit norm. One a domain; none on a step without a
 * meta-gradient.
 */
export function alignmentDirections<Batch, View>(
  { kind, feedbackEma, moments, scalars, params, auxiliary }: StepInputs,
  { optimizer, value }: TrainStepOptions<Batch, View>,
): readonly Params[] {
  if (kind !== "value") return [];
  const {
    preconditioner = valueDefaults.preconditioner,
    preconditionerDamping = valueDefaults.preconditionerDamping,
    normalizeDirection = valueDefaults.normalizeDirection,
  } = value!;
  return splitDomains(feedbackEma, feedbacksOf(value!.feedback).length).map((average) => {
    const direction =
      preconditioner === "adam"
        ? optimizer.traceable.precondition(average, moments, scalars, preconditionerDamping)
        : average;
    const scaled = normalizeDirection ? unit(direction) : direction;
    return value!.replaceDirection?.(scaled, { average, params, auxiliary }) ?? scaled;
  });
}

const unit = (direction: Params): Params => {
  const norm = globalNorm(direction);
  return mapParams(direction, (g) => g.divNoNan(norm)); // the gradient of a domain may vanish
};

/**
 * Computes `V = ⟨g_down, ∇_θ L(θ, task(φ))⟩` and `∇_φ (V − penalty)` on the meta batch of `batch`.
 *
 * @param cached `batch` with its frozen activations, which the meta-gradient shares where both see the same batch.
 * @see arXiv 2601.22108v1, equations 14 and 15; v2, equation 26.
 */
export function metaGradient<Batch, View>(
  inputs: StepInputs,
  batch: Batch,
  cached: Batch,
  direction: Params,
  options: TrainStepOptions<Batch, View>,
  keep: KeepAlive,
): MetaGradient {
  const { learner, designer, allReduce = identityAllReduce } = options;
  const { params, auxiliary, designerParams } = inputs;
  const own = learner.metaBatch?.(batch);
  const metaBatch = own === undefined || own === batch ? cached : cacheFrozenActivations(inputs, own, options);
  const pass = valuePass(
    { learner, designer, params, auxiliary, designerParams, batch: metaBatch, direction },
    valueOptions(options),
    keep,
  );
  const { cotangent, task } = pass;
  const extraMetrics = designer.metaMetrics?.(cotangent, task, metaBatch);
  const { value, ...metrics } = allReduce({ value: pass.value, ...extraMetrics }, "value");
  const closedFormTask = designer.closedFormTask?.(cotangent, task, metaBatch);
  const gradientAt = (phi: Params): Params => designerGradient(designer, phi, pass);
  return { value, gradientAt, metrics, ...(closedFormTask && { closedFormTask }) };
}

/**
 * Computes `∇_φ (1/|D|) Σ_d Align(g_down,d, g_pre,d)`, a micro-batch a domain.
 *
 * @see arXiv 2601.22108v2, equations 44–46.
 */
export function domainMetaGradient<Batch, View>(
  { params, auxiliary, designerParams }: StepInputs,
  batches: readonly Batch[],
  directions: readonly Params[],
  options: TrainStepOptions<Batch, View>,
  keep: KeepAlive,
): MetaGradient {
  const { learner, designer, allReduce = identityAllReduce } = options;
  const shared = { learner, designer, params, auxiliary, designerParams };
  const passes = batches.map((batch, d) =>
    valuePass(
      { ...shared, batch: learner.metaBatch?.(batch) ?? batch, direction: directions[d]! },
      valueOptions(options),
      keep,
    ),
  );
  const { value } = allReduce({ value: meanValue(passes) }, "value");
  return { value, gradientAt: (phi) => meanDesignerGradient(designer, phi, passes), metrics: {} };
}

const valueOptions = <Batch, View>({ value }: TrainStepOptions<Batch, View>): ValueOptions => ({
  derivative: value!.derivative ?? valueDefaults.derivative,
  similarity: value!.similarity ?? valueDefaults.similarity,
});

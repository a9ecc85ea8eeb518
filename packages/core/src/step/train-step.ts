import * as tf from "@tensorflow/tfjs";
import type { MicroBatches } from "@vpt/contracts";
import { freeAbandonedTape } from "../internal/free-abandoned-tape.js";
import { withKeptTensors } from "../internal/with-kept-tensors.js";
import { prepareMetaStep, updateAuxiliary } from "./auxiliary-update.js";
import { commit } from "./commit.js";
import { compiledFor } from "./compiled-functions.js";
import { anchoredParams, designerHalf } from "./designer-half.js";
import { feedbackGradient } from "./feedback-gradient.js";
import { cacheFrozenActivations, learnerGradient } from "./learner-gradient.js";
import { learnerUpdate } from "./learner-update.js";
import { alignmentDirections } from "./meta-gradient.js";
import { isMetaStep, valueDefaults } from "./meta-schedule.js";
import { assertOneDomain, isMicroBatches, microBatchStep } from "./micro-batch-step.js";
import { type StepInputs, type StepKind, stepInputs, type StepOutputs } from "./step-inputs.js";
import { disposeUnreferenced, type TrainState } from "./train-state.js";
import { checkValue, type StepMetrics, type TrainStepOptions } from "./train-step-options.js";

/**
 * Takes one step of V-Pretraining (Algorithm 1, designer first): on a meta step, feedback → g_down → ∇_φ V → designer
 * AdamW; then on every step, task from the new designer → learner AdamW. A pure function of its arguments.
 *
 * A step whose loss or gradient is not finite, or whose gradient is exactly zero (nothing in the batch counts), changes
 * no parameter and no moment; it is counted in `state.counters.skippedStep`.
 *
 * @param state Left alone; the caller frees it.
 * @param batch Left alone; the caller frees it. As `{ microBatches }` it is taken piece by piece (gradient
 *   accumulation): the value comes from the first, once a step, or with several feedbacks from each with its own; a
 *   closed-form target from each.
 * @returns The next state, which shares the tensors that did not change (see {@link disposeUnreferenced}), and the
 *   step's scalars.
 * @throws {VptError} When the subset is empty or names a parameter that is not trained, the period is below 1, or
 *   several feedbacks do not meet as many micro-batches. Whatever the learner, the designer or the feedback throw comes
 *   through; nothing leaks.
 * @example
 * ```ts
 * import { disposeUnreferenced, trainStep } from "@vpt/core";
 *
 * const options = { learner, designer, optimizer, learningRate: () => 1e-4, value };
 * const { state: next, metrics } = await trainStep(state, batch, options);
 * disposeUnreferenced(state, next);
 * ```
 * @see arXiv 2601.22108v1, Algorithm 1.
 * @category training
 */
export async function trainStep<Batch, View>(
  state: TrainState,
  batch: Batch | MicroBatches<Batch>,
  options: TrainStepOptions<Batch, View>,
): Promise<{ state: TrainState; metrics: StepMetrics }> {
  const { value } = options;
  if (value) checkValue(state, value, options.designer);
  const isMeta = value !== undefined && isMetaStep(state.step, value);
  let current = state;
  try {
    const prepared = isMeta ? await prepareMetaStep(state, options.auxiliary) : { state, metrics: {} };
    current = prepared.state;
    const feedback =
      isMeta && isReady(current)
        ? await feedbackGradient(current, value, options.allReduce) // ḡ_down
        : { state: current, metrics: {}, directionCosine: 1 };
    current = feedback.state;
    const kind = stepKind(current, isMeta, options);
    const outputs = tf.tidy(() => {
      const inputs = stepInputs(current, kind, options, feedback.directionCosine);
      if (isMicroBatches(batch)) return microBatchStep(inputs, batch, options);
      return compiledFor(options, algorithm1<Batch, View>)(inputs, batch); // φ, then θ
    });
    const next = await commit(prepared.state, current, outputs, options);
    return { state: next.state, metrics: { ...next.metrics, ...feedback.metrics, ...prepared.metrics } };
  } catch (error) {
    disposeUnreferenced(current, state);
    freeAbandonedTape(); // the feedback's
    throw error;
  }
}

/**
 * Algorithm 1 from the meta-gradient on, as one function of tensors: no number is read in between, so that `compile`
 * makes one graph of it, in which the frozen activations, the logits and the candidates of both passes exist once.
 */
const algorithm1 = <Batch, View>(options: TrainStepOptions<Batch, View>) => {
  assertOneDomain(options);
  return (inputs: StepInputs, batch: Batch): StepOutputs =>
    withKeptTensors((keep) => {
      const cached = cacheFrozenActivations(inputs, batch, options);
      const directions = alignmentDirections(inputs, options); // g_down, in the metric of the learner's optimizer
      const ahead = anchoredParams(inputs, directions, options); // θ⁺ = θ − ε·g_down, held until the next meta step
      const design = { direction: directions[0], ahead };
      const { designed, source } = designerHalf(inputs, { batch, cached }, design, options, keep);
      // g_pre = ∇_θ L(θ; task(φ))
      const { task, ...pretraining } = learnerGradient(inputs, cached, source, options, keep);
      const updated = learnerUpdate(inputs, pretraining, directions, options); // θ ← θ − AdamW(g_pre)
      const { params: before, auxiliary, auxiliaryScalars: scalars } = inputs;
      const moved = updateAuxiliary(
        { before, after: updated.learner.params, auxiliary, batch, task, scalars },
        options,
      );
      return {
        ...updated,
        ...designed,
        loggedScalars: { ...updated.loggedScalars, ...moved?.loggedScalars },
        ...(moved && { auxiliary: moved.auxiliary }),
        ...(ahead && directions.length > 0 && { ahead }),
      };
    });
};

const isReady = ({ counters }: TrainState): boolean => (counters["deferredMeta"] ?? 0) === 0;

/** Where this step's task comes from. */
function stepKind<Batch, View>(
  state: TrainState,
  isMeta: boolean,
  { value, designer, startDesigningAt = Infinity }: TrainStepOptions<Batch, View>,
): StepKind {
  const start = value ? (value.burnInSteps ?? valueDefaults.burnInSteps) : startDesigningAt;
  if (state.step < start || !isReady(state)) return "baseline";
  const { lookahead, closedFormTask } = designer;
  const hasFeedback = value !== undefined && Object.keys(state.feedbackEma).length > 0;
  const isEveryStep = closedFormTask !== undefined || lookahead?.anchored === false;
  if (hasFeedback && (isMeta || isEveryStep)) return "value";
  return lookahead && Object.keys(state.ahead).length === 0 ? "baseline" : "design";
}

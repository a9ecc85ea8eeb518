import * as tf from "@tensorflow/tfjs";
import { type MicroBatches, type Params, type Task, VptError } from "@vpt/contracts";
import { cloneParams, mapParams } from "@vpt/contracts/tensors";
import { withKeptTensors } from "../internal/with-kept-tensors.js";
import { feedbacksOf } from "../value/domains.js";
import { type AuxiliaryOutputs, updateAuxiliary } from "./auxiliary-update.js";
import { compiledFor } from "./compiled-functions.js";
import { aheadOf, anchoredParams, designerHalf } from "./designer-half.js";
import { designerUpdate, type DesignerUpdate } from "./designer-update.js";
import { cacheFrozenActivations, learnerGradient, type LearnerGradient } from "./learner-gradient.js";
import { learnerUpdate } from "./learner-update.js";
import type { DesignInputs } from "./lookahead.js";
import { alignmentDirections, domainMetaGradient } from "./meta-gradient.js";
import type { StepInputs, StepOutputs } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

type Sum = Omit<LearnerGradient, "task">;

/** True for a batch in pieces. */
export const isMicroBatches = <Batch>(batch: Batch | MicroBatches<Batch>): batch is MicroBatches<Batch> =>
  typeof batch === "object" && batch !== null && "microBatches" in batch;

/**
 * Algorithm 1 piece by piece (gradient accumulation): the designer's update from the first micro-batch, or from all of
 * them where each is a domain with a feedback of its own; then the learner's gradient of each, and one update from
 * their mean.
 */
export function microBatchStep<Batch, View>(
  inputs: StepInputs,
  { microBatches }: MicroBatches<Batch>,
  options: TrainStepOptions<Batch, View>,
): StepOutputs {
  const domains = domainCount(options, microBatches.length);
  const { directions, ahead } = compiledFor(options, directionsFunction<Batch, View>)(inputs);
  const isClosedForm = options.designer.closedFormTask !== undefined || options.designer.lookahead !== undefined;
  let designed: DesignerUpdate | undefined =
    domains > 1 && inputs.kind === "value" && !isClosedForm
      ? compiledFor(options, domainsFunction<Batch, View>)(inputs, microBatches, directions)
      : undefined;
  const accumulate = compiledFor(options, accumulateFunction<Batch, View>);
  const tasks: Task[] = [];
  const values: tf.Scalar[] = [];
  let sum: Sum | undefined;
  for (const [i, batch] of microBatches.entries()) {
    // A meta-gradient of its own: each piece for a closed form; for a designer the first, unless its domains have moved
    // it.
    const direction = isClosedForm || (i === 0 && !designed) ? directions[domains > 1 ? i : 0] : undefined;
    const designerParams = designed?.designer?.params ?? inputs.designerParams;
    const design = { direction, ahead: aheadOf(ahead, domains > 1 ? i : 0, options) };
    const next = accumulate({ ...inputs, designerParams }, batch, design, sum);
    tf.dispose(sum);
    sum = next.sum;
    tasks.push(next.task);
    const { value } = next.designerMetrics;
    if (domains > 1 && direction && value) values.push(value);
    designed ??= next;
  }
  const { designer, designerMetrics } = designed!;
  const updated = compiledFor(options, updateFunction<Batch, View>)(inputs, sum!, microBatches.length, directions);
  const moved = meanAuxiliary(inputs, updated.learner.params, microBatches, tasks, options);
  return {
    ...updated,
    loggedScalars: { ...updated.loggedScalars, ...moved?.loggedScalars },
    designerMetrics: values.length > 0 ? { value: tf.addN(values).div(values.length) as tf.Scalar } : designerMetrics,
    ...(designer && { designer }),
    ...(moved && { auxiliary: moved.auxiliary }),
    ...(ahead && directions.length > 0 && { ahead }),
  };
}

/** Refuses several feedbacks for one batch, which belongs to one domain. */
export function assertOneDomain<Batch, View>({ value }: TrainStepOptions<Batch, View>): void {
  const count = value ? feedbacksOf(value.feedback).length : 1;
  if (count > 1) throw new VptError(`trainStep: ${count} feedbacks and one batch; give as many micro-batches`);
}

function domainCount<Batch, View>({ value }: TrainStepOptions<Batch, View>, pieces: number): number {
  if (pieces === 0) throw new VptError("trainStep: no micro-batches; give at least one");
  const count = value ? feedbacksOf(value.feedback).length : 1;
  if (count > 1 && pieces !== count)
    throw new VptError(`trainStep: ${count} feedbacks and ${pieces} micro-batches; expected one a domain`);
  return count;
}

/**
 * The directions and θ⁺, once for all pieces. Copies: a direction may be the average itself, which is the state's, as
 * θ⁺ is between meta steps.
 */
const directionsFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: StepInputs): { readonly directions: readonly Params[]; readonly ahead?: Params } =>
    withKeptTensors(() => {
      const directions = alignmentDirections(inputs, options);
      const ahead = anchoredParams(inputs, directions, options);
      return { directions: directions.map(cloneParams), ...(ahead && { ahead: cloneParams(ahead) }) };
    });

/** The designer's update from several domains, a piece each. */
const domainsFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: StepInputs, batches: readonly Batch[], directions: readonly Params[]): DesignerUpdate =>
    withKeptTensors((keep) =>
      designerUpdate(inputs, domainMetaGradient(inputs, batches, directions, options, keep), options),
    );

/**
 * The first half of a step on one piece: with a direction the designer's update, then the learner's gradient added to
 * `sum`.
 */
const accumulateFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (
    inputs: StepInputs,
    batch: Batch,
    design: DesignInputs,
    sum?: Sum,
  ): DesignerUpdate & { readonly sum: Sum; readonly task: Task } =>
    withKeptTensors((keep) => {
      const cached = cacheFrozenActivations(inputs, batch, options);
      const { designed, source } = designerHalf(inputs, { batch, cached }, design, options, keep);
      const { task, ...own } = learnerGradient(inputs, cached, source, options, keep);
      return { ...designed, sum: sum ? added(sum, own) : own, task };
    });

/** The second half: the learner's update from the mean over `count` pieces. */
const updateFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: StepInputs, sum: Sum, count: number, directions: readonly Params[]): ReturnType<typeof learnerUpdate> =>
    withKeptTensors(() => {
      const mean = <T extends Params>(each: T): T => mapParams(each, (tensor) => tensor.div(count)) as T;
      const own = { ...mean({ loss: sum.loss }), gradient: mean(sum.gradient), metrics: mean(sum.metrics) };
      return learnerUpdate(inputs, own, directions, options);
    });

/** The auxiliary update of one piece. */
const auxiliaryFunction =
  <Batch, View>(options: TrainStepOptions<Batch, View>) =>
  (inputs: StepInputs, after: Params, batch: Batch, task: Task): AuxiliaryOutputs =>
    withKeptTensors(() =>
      updateAuxiliary(
        { before: inputs.params, after, auxiliary: inputs.auxiliary, batch, task, scalars: inputs.auxiliaryScalars },
        options,
      )!,
    );

/** The mean of the auxiliary update over the pieces. */
function meanAuxiliary<Batch, View>(
  inputs: StepInputs,
  after: Params,
  batches: readonly Batch[],
  tasks: readonly Task[],
  options: TrainStepOptions<Batch, View>,
): AuxiliaryOutputs | undefined {
  if (!options.auxiliary?.afterStep) return undefined;
  const update = compiledFor(options, auxiliaryFunction<Batch, View>);
  const each = batches.map((batch, i) => update(inputs, after, batch, tasks[i]!));
  const mean = <T extends Params>(tensorsOf: (outputs: AuxiliaryOutputs) => T): T =>
    mapParams(tensorsOf(each[0]!), (_, name) =>
      tf.addN(each.map((outputs) => tensorsOf(outputs)[name]!)).div(each.length),
    ) as T;
  return {
    auxiliary: Object.fromEntries(
      Object.keys(each[0]!.auxiliary).map((group) => [group, mean(({ auxiliary }) => auxiliary[group]!)]),
    ),
    loggedScalars: mean(({ loggedScalars }) => loggedScalars),
  };
}

const added = (a: Sum, b: Sum): Sum => {
  const sum = <T extends Params>(x: T, y: T): T => mapParams(x, (tensor, name) => tensor.add(y[name]!)) as T;
  return {
    ...sum({ loss: a.loss }, { loss: b.loss }),
    gradient: sum(a.gradient, b.gradient),
    metrics: sum(a.metrics, b.metrics),
  };
};

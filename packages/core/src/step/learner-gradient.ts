import { detached } from "@vpt/autodiff";
import type * as tf from "@tensorflow/tfjs";
import type { Features, Params, Task } from "@vpt/contracts";
import { cloneParams, pick } from "@vpt/contracts/tensors";
import type { KeepAlive } from "../internal/with-kept-tensors.js";
import { namedGradients } from "./named-gradients.js";
import type { StepInputs } from "./step-inputs.js";
import type { TrainStepOptions } from "./train-step-options.js";

/** The pretraining gradient g_pre with the loss, the designer's scalars, and the task it was taken on; new tensors. */
export type LearnerGradient = {
  readonly loss: tf.Scalar;
  readonly gradient: Params;
  readonly metrics: Readonly<Record<string, tf.Scalar>>;
  /** Only where an auxiliary update reads it. */
  readonly task: Task;
};

/** What the designer's half of the step gives to the learner's. */
export interface TaskSource {
  /** The task itself, in closed form. */
  readonly closedFormTask?: Task | undefined;
  /** φ after its update. */
  readonly designerParams?: Params | undefined;
  /** The features one downstream step ahead. */
  readonly ahead?: Features | undefined;
}

/** Computes the activations below what trains, once for all passes of the step. */
export const cacheFrozenActivations = <Batch, View>(
  { params, moments }: StepInputs,
  batch: Batch,
  { learner }: TrainStepOptions<Batch, View>,
): Batch => learner.cacheFrozenActivations?.(params, batch, Object.keys(moments.first)) ?? batch;

/**
 * Computes `∇_θ L(θ; sg(task))` over the trained parameters. The task comes from the designer's new parameters: the
 * designer moves first.
 *
 * @see arXiv 2601.22108v1, equation 11.
 */
export function learnerGradient<Batch, View>(
  inputs: StepInputs,
  cached: Batch,
  { closedFormTask, designerParams = inputs.designerParams, ahead }: TaskSource,
  options: TrainStepOptions<Batch, View>,
  keep: KeepAlive,
): LearnerGradient {
  const { kind, params, moments, auxiliary } = inputs;
  const { learner, designer } = options;
  const taskOf = (view: View): Task => {
    if (closedFormTask) return closedFormTask;
    if (kind === "baseline" || designer.closedFormTask) return designer.baselineTask(cached, view);
    return designer.design(designerParams, cached, view, ahead);
  };
  let metrics: LearnerGradient["metrics"] = {};
  let task: Task = {};
  const lossOf = (moved: Params): tf.Scalar =>
    learner.loss(
      moved,
      cached,
      (view) =>
        detached(() => {
          const made = taskOf(view);
          if (options.auxiliary?.afterStep) task = keep(made);
          metrics = keep(designer.metrics?.(made, cached) ?? {});
          return made;
        }),
      auxiliary,
    );
  const { loss, gradient } = namedGradients(lossOf, params, pick(params, Object.keys(moments.first)));
  return { loss, gradient, metrics: cloneParams(metrics), task: cloneParams(task) };
}

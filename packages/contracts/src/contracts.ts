import type * as tf from "@tensorflow/tfjs";
import type { Random } from "./random.js";

/** Named tensors; names are the checkpoint's own. Never mutated: a step returns new ones. */
export type Params = Readonly<Record<string, tf.Tensor>>;

/** What the learner must predict on one batch, as tensors: `{ ids_BTK, probs_BTK }` in language, `{ mask_BHW1 }` in vision. */
export type Task = Readonly<Record<string, tf.Tensor>>;

/** A learner is a loss that asks for its task when it knows what a designer may see. */
export interface Learner<Batch, View> {
  /** Pure; differentiable in `params` and in the task's float tensors. Calls `taskOf` once, with detached tensors. */
  loss(params: Params, batch: Batch, taskOf: (view: View) => Task): tf.Scalar;
  /**
   * An equivalent batch that starts where `subset` starts: activations below the subset are computed once and carried in
   * the batch. New tensors belong to the caller. Without it, every pass starts at the input.
   */
  cacheFrozenActivations?(params: Params, batch: Batch, subset: readonly string[]): Batch;
  /**
   * The task brought up to where such a batch starts: `loss` goes on from it. Differentiable in `task`. The value's passes are then taken
   * above it alone, and what lies below is gone through once forth and once back. For tasks that enter below the subset, as masks do.
   */
  embedTask?(params: Params, batch: Batch, task: Task): Task;
  /**
   * The batch that the value is computed on: without what makes its loss random, such as the keys of dropout, or another one that it
   * carries for this. Tensors of the given one. Without it, the value sees the batch as the learner does.
   */
  metaBatch?(batch: Batch): Batch;
}

/** A batch in pieces, for a step that needs less memory at a time: the learner follows the mean of their losses. */
export type MicroBatches<Batch> = { readonly microBatches: readonly Batch[] };

/** A designer turns a batch and what the learner sees into the learner's task. */
export interface Designer<Batch, View> {
  init(seed: number): Params;
  /** Differentiable in `params`; everything in `view` is constant. */
  design(params: Params, batch: Batch, view: View): Task;
  /** The task of ordinary pretraining: the burn-in and the baseline arm. */
  baselineTask(batch: Batch, view: View): Task;
  /** λR(φ) of v2 eq. 26: what the designer pays for its task (a KL to the learner, an α-budget). Differentiable in `task`. */
  penalty?(task: Task, batch: Batch, view: View): tf.Scalar;
  /**
   * A target in closed form (the tilt and oracle arms): the task to learn from, given the value's gradient `∂V/∂task` at the task
   * that `design` made. Such a designer has no parameters and is asked on every step.
   */
  closedFormTask?(cotangent: Task, task: Task, batch: Batch): Task;
  /** Scalars worth a line in the run log, such as the mean gate. */
  metrics?(task: Task, batch: Batch): Readonly<Record<string, tf.Scalar>>;
  /** The same of a value update, with the value's gradient `∂V/∂task` at the task: how much of what a task could earn this one does. */
  metaMetrics?(cotangent: Task, task: Task, batch: Batch): Readonly<Record<string, tf.Scalar>>;
}

/** Where the downstream gradient comes from. The learner never trains on it. */
export interface Feedback {
  /**
   * `∇_θ` of the downstream objective on the next feedback batch, restricted to `subset`; or an estimate of it. New tensors, which
   * the caller frees. Draws from `random` alone, so that a resumed run repeats them.
   */
  gradient(params: Params, subset: readonly string[], random: Random): Params | Promise<Params>;
}

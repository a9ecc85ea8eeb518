import type * as tf from "@tensorflow/tfjs";
import type { AllReduce } from "./all-reduce.js";
import type { Random } from "./random.js";

/** Named tensors; names are the checkpoint's own. Never mutated: a step returns new ones. */
export type Params = Readonly<Record<string, tf.Tensor>>;

/**
 * What the learner must predict on one batch, as tensors: `{ ids_BTK, probs_BTK }` in language, `{ mask_BHW1 }` in
 * vision.
 */
export type Task = Readonly<Record<string, tf.Tensor>>;

/**
 * What a learner's prediction is computed from, by name: in language `{ rows_ND }`, the rows that enter the head, and
 * `head_VD` where the head moves.
 */
export type Features = Readonly<Record<string, tf.Tensor>>;

/**
 * Tensors beside the parameters that no learner gradient moves, in named groups: an EMA teacher, a running centre,
 * evaluator heads. A rule moves them (`AuxiliaryUpdate` of `@vpt/core`); losses and feedback read them.
 */
export type Auxiliary = Readonly<Record<string, Params>>;

/** A loss that asks for its task once it has computed what a designer may see. */
export interface Learner<Batch, View> {
  /**
   * Computes the pretraining loss L(θ, task). Pure; differentiable in `params` and in the task's float tensors. Calls
   * `taskOf` once, with detached tensors.
   *
   * @param auxiliary What the loss reads beside its parameters, such as `auxiliary.teacher`; constants.
   * @returns Scalar, owned by the caller.
   */
  loss(params: Params, batch: Batch, taskOf: (view: View) => Task, auxiliary?: Auxiliary): tf.Scalar;
  /**
   * Computes the prediction's features at any parameters, without the loss: those that the parameters of `subset` can
   * move. Pure; differentiable in `params`. Designers with `lookahead` or `learn` need it. New tensors.
   */
  features?(params: Params, batch: Batch, subset: readonly string[], auxiliary?: Auxiliary): Features;
  /**
   * Computes the activations below the layers of `subset` once and returns an equivalent batch that carries them, so
   * that `loss` starts there. New tensors belong to the caller. Without it, every pass starts at the input.
   */
  cacheFrozenActivations?(params: Params, batch: Batch, subset: readonly string[]): Batch;
  /**
   * Forwards the task through the layers below the aligned subset. Implement it when the task is an input to those
   * layers, such as an image mask: the meta-gradient then differentiates only the aligned layers twice, and the frozen
   * layers once. Differentiable in `task`.
   */
  embedTask?(params: Params, batch: Batch, task: Task): Task;
  /**
   * Returns the batch that the meta-gradient is taken on: without dropout keys and other randomness of the loss, or
   * another batch that this one carries for it. Tensors of the given one. Without it, the value sees the batch as the
   * learner does.
   */
  metaBatch?(batch: Batch): Batch;
}

/** A batch in pieces, for a step that needs less memory at a time: the learner follows the mean of their losses. */
export type MicroBatches<Batch> = { readonly microBatches: readonly Batch[] };

/** One downstream step `θ⁺ = θ − stepSize·d` along the value's direction d, whose features a designer reads. */
export interface Lookahead {
  /** ε, in units of the direction: with a unit direction the length of the step. */
  readonly stepSize: number;
  /**
   * True: θ⁺ is computed on each meta step and held until the next one, so that the target has a fixed point, and each
   * step takes one forward pass at θ⁺; parameters outside the aligned subset are the learner's own there. False: θ
   * moves with the learner, and the features are taken to first order, `h − ε·ḣ`, in one forward-mode pass along the
   * newest direction.
   */
  readonly anchored: boolean;
}

/** What a designer learns from on one meta step. */
export interface LearningSample<Batch> {
  readonly batch: Batch;
  /** The learner's features at θ. */
  readonly features: Features;
  /** Their derivative along the value's direction. */
  readonly tangent: Features;
  /** Cosine of the feedback average with the one before: how much of what was learned still holds. */
  readonly directionCosine: tf.Scalar;
  /** The mean over processes; the identity in one. */
  readonly allReduce: AllReduce;
}

/** Turns a batch and what the learner sees of it into the learner's task. */
export interface Designer<Batch, View> {
  /** Returns fresh parameters φ; the same seed gives the same numbers. New tensors, owned by the caller. */
  init(seed: number): Params;
  /**
   * Computes the task. Differentiable in `params`; everything in `view` is constant. New tensors.
   *
   * @param ahead The learner's features one downstream step ahead: for a designer with `lookahead` on every step, for
   *   one with `learn` on meta steps.
   */
  design(params: Params, batch: Batch, view: View, ahead?: Features): Task;
  /** The downstream step whose features `design` reads. Such a designer has no parameters and needs no value pass. */
  readonly lookahead?: Lookahead;
  /**
   * Returns the next parameters φ in closed form from one meta step, in place of AdamW on the value. Pure; new tensors
   * under the same names. `stepSize` of {@link Designer.learn} is ε of the features that `design` gets on that step.
   */
  readonly learn?: {
    readonly stepSize: number;
    update(params: Params, sample: LearningSample<Batch>): Params;
  };
  /** Returns the task of ordinary pretraining, which the burn-in and the baseline use. */
  baselineTask(batch: Batch, view: View): Task;
  /**
   * Computes λR(φ) of v2 eq. 26, which the designer pays for its task: a KL to the learner, an α-budget. Differentiable
   * in `task`.
   */
  penalty?(task: Task, batch: Batch, view: View): tf.Scalar;
  /**
   * Computes the task in closed form, given the value's gradient `∂V/∂task` at the task that `design` made: exponential
   * tilting, the oracle. Such a designer has no parameters; its value is taken on every step.
   */
  closedFormTask?(metaGradient: Task, task: Task, batch: Batch): Task;
  /** Computes scalars for the run log, such as the mean gate. */
  metrics?(task: Task, batch: Batch): Readonly<Record<string, tf.Scalar>>;
  /** Computes scalars of a meta step, given `∂V/∂task`: how much of what a task could earn this one does. */
  metaMetrics?(metaGradient: Task, task: Task, batch: Batch): Readonly<Record<string, tf.Scalar>>;
}

/** Where the downstream gradient comes from. The learner never trains on it. */
export interface Feedback {
  /**
   * Computes `∇_θ` of the downstream objective on the next feedback batch, restricted to `subset`; or an estimate of
   * it. Draws from `random` alone, so that a resumed run repeats it.
   *
   * @param auxiliary What it reads beside the parameters, such as `auxiliary.evaluator`.
   * @returns New tensors, which the caller frees.
   */
  gradient(params: Params, subset: readonly string[], random: Random, auxiliary?: Auxiliary): Params | Promise<Params>;
}

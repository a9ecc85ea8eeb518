import * as tf from "@tensorflow/tfjs";
import type { AdamWState, Optimizer, Params } from "@vpt/core";
import { isStatistic } from "./batch-norm.js";
import type { DenseBatch } from "./dense-batch.js";
import type { DenseEvaluator } from "./dense-evaluator.js";

/** Heads while they train: weights and running statistics, and the optimizer's moments of the weights. */
export type HeadState = { readonly params: Params; readonly optimizer: AdamWState };

/**
 * Heads before their first update.
 *
 * @returns New tensors, owned by the caller.
 * @category heads
 */
export function initHeads(evaluator: DenseEvaluator, optimizer: Optimizer, seed: number): HeadState {
  const params = evaluator.init(seed);
  const weights = Object.fromEntries(Object.entries(params).filter(([name]) => !isStatistic(name)));
  return { params, optimizer: optimizer.init(weights) };
}

/**
 * One AdamW update of the heads on features of a frozen backbone. A pure function.
 *
 * @returns The next heads and the loss, owned by the caller.
 * @example
 * ```ts
 * const { state, loss } = headStep(evaluator, optimizer, heads, features_BHWD, batch, 1e-3);
 * ```
 * @category heads
 */
export const headStep = (
  evaluator: DenseEvaluator,
  optimizer: Optimizer,
  { params, optimizer: moments }: HeadState,
  features_BHWD: tf.Tensor4D,
  batch: Pick<DenseBatch, "labels_BHW" | "depth_BHW">,
  learningRate: number,
): { readonly state: HeadState; readonly loss: tf.Scalar } =>
  tf.tidy(() => {
    const names = Object.keys(moments.first);
    let statistics: Params = {};
    const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
      const moving = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      const out = evaluator.loss({ ...params, ...moving }, features_BHWD, batch, { training: true });
      statistics = Object.fromEntries(Object.entries(out.statistics).map(([name, t]) => [name, tf.keep(t.clone())]));
      return out.loss;
    })(names.map((name) => params[name]!));
    const gradients = Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
    const next = optimizer.update(params, gradients, moments, learningRate);
    const moved = Object.fromEntries(Object.entries(statistics).map(([name, t]) => [name, t.clone()]));
    tf.dispose(statistics);
    return { state: { params: { ...next.params, ...moved }, optimizer: next.state }, loss: value as tf.Scalar };
  });

import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { parameter } from "../parameter.js";

const epsilon = 1e-5;

/** Fresh parameters and running statistics of a batch norm, under PyTorch's names. */
export const initBatchNorm = (name: string, channels: number): Params => ({
  [`${name}.weight`]: tf.ones([channels]),
  [`${name}.bias`]: tf.zeros([channels]),
  [`${name}.running_mean`]: tf.zeros([channels]),
  [`${name}.running_var`]: tf.ones([channels]),
});

/** Running statistics move by a rule, not by a gradient. */
export const isRunningStatistic = (name: string): boolean =>
  name.endsWith(".running_mean") || name.endsWith(".running_var");

/**
 * Batch norm over all but the last axis. In training it normalises with the batch's own statistics and says where the
 * running ones go (`m ← 0.9m + 0.1·batch`, unbiased variance); otherwise it uses the running ones.
 */
export function batchNorm<T extends tf.Tensor>(
  params: Params,
  name: string,
  x: T,
  training: boolean,
): { readonly y: T; readonly statistics: Params } {
  const channels = x.shape.at(-1)!;
  const rows = tf.reshape(x, [-1, channels]);
  const [runningMean, runningVariance] = [
    parameter(params, `${name}.running_mean`),
    parameter(params, `${name}.running_var`),
  ];
  const mean = training ? tf.mean(rows, 0) : runningMean;
  const centred = tf.sub(rows, mean);
  const variance = training ? tf.mean(tf.square(centred), 0) : runningVariance;
  const normed = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  const y = tf.add(tf.mul(normed, parameter(params, `${name}.weight`)), parameter(params, `${name}.bias`));
  const count = rows.shape[0]!;
  const follow = (before: tf.Tensor, now: tf.Tensor): tf.Tensor => tf.add(tf.mul(before, 0.9), tf.mul(now, 0.1));
  return {
    y: tf.reshape(y, x.shape) as T,
    statistics: training
      ? {
          [`${name}.running_mean`]: follow(runningMean, mean),
          [`${name}.running_var`]: follow(runningVariance, tf.mul(variance, count / Math.max(1, count - 1))),
        }
      : {},
  };
}

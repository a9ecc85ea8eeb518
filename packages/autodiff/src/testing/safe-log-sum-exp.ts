import * as tf from "@tensorflow/tfjs";
import { detached } from "../detached.js";

/**
 * `log Σ exp(x)` along an axis, safe to differentiate any number of times once {@link installSafeGradients} has run:
 * `m + log Σ exp(x − m)`, with the maximum m a constant (its derivative cancels). Stock `tf.logSumExp` throws at second
 * order.
 *
 * @param x Any shape.
 * @param options `axis`, the last by default; `keepDims` keeps it with size 1.
 * @returns `x` reduced along `axis`, owned by the caller.
 * @example `safeLogSumExp(tf.tensor1d([0, 0])); // log 2`
 * @category reference
 */
export function safeLogSumExp(
  x: tf.Tensor,
  options: { readonly axis?: number; readonly keepDims?: boolean } = {},
): tf.Tensor {
  const { axis = -1, keepDims = false } = options;
  return tf.tidy(() => {
    const most = detached(() => tf.max(x, axis, true));
    const sum = tf.log(tf.sum(tf.exp(tf.sub(x, most)), axis, keepDims));
    return tf.add(sum, keepDims ? most : tf.squeeze(most, [axis < 0 ? x.rank + axis : axis]));
  });
}

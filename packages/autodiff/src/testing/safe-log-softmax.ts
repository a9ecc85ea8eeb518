import * as tf from "@tensorflow/tfjs";
import { safeLogSumExp } from "./safe-log-sum-exp.js";

/**
 * `log softmax(x) = x − log Σ exp(x)` along an axis, safe to differentiate twice once {@link installSafeGradients} has
 * run. Stock `tf.logSoftmax` is a `customGrad` on its saved output, so its second derivative throws or is silently
 * wrong.
 *
 * @param x Any shape.
 * @param axis The last by default.
 * @returns The shape of `x`, owned by the caller.
 * @example `safeLogSoftmax(tf.tensor1d([0, 0])); // [-log 2, -log 2]`
 * @category reference
 */
export const safeLogSoftmax = (x: tf.Tensor, axis = -1): tf.Tensor =>
  tf.tidy(() => tf.sub(x, safeLogSumExp(x, { axis, keepDims: true })));

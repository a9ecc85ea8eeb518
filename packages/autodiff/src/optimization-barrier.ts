import * as tf from "@tensorflow/tfjs";
import { alias, runKernel } from "./internal/engine.js";

/**
 * `x`, which cannot be had before `other`: no copy, no work. A gradient that makes a part of the forward pass again
 * from `optimizationBarrier(x, dy)` makes it when `dy` is there; from `x` itself a compiled step would take the forward
 * pass's own part, held all the way.
 *
 * Says nothing where operations run one after another as they are called (no backend with a kernel `NotBefore`): there
 * it is `x`.
 *
 * @returns A tensor with the values of `x`, owned by the caller.
 * @example
 * const sigmoid = tf.customGrad((x, save) => {
  save([x]);
  const gradFunc = (dy, [x]) => {
    const open = tf.sigmoid(optimizationBarrier(x, dy)); // not the one of the forward pass
    return tf.mul(tf.mul(dy, open), tf.sub(1, open));
  };
  return { value: tf.sigmoid(x), gradFunc };
});
tf.grad(sigmoid)(tf.scalar(0)).print(); // → 0.25
 * @category constants
 */
export const optimizationBarrier = <T extends tf.Tensor>(x: T, other: tf.Tensor): T =>
  (tf.getKernel("NotBefore", tf.getBackend()) ? runKernel("NotBefore", { x, other }) : alias(x)) as T;

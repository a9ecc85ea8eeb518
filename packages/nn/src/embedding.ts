import * as tf from "@tensorflow/tfjs";

/**
 * Rows of a table: `y[..., :] = W[ids[...], :]`.
 *
 * @param ids int32, any shape.
 * @returns `[...ids, width]`, owned by the caller. Differentiable in `weight`.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { embedding } from "@vpt/nn";
 * const weight = tf.tensor2d([[1, 2], [3, 4]]);
 * embedding(tf.tensor1d([1], "int32"), { weight }).print(); // [[3, 4]]
 * ```
 * @category layers
 */
export const embedding = (ids: tf.Tensor, { weight }: { readonly weight: tf.Tensor2D }): tf.Tensor =>
  tf.gather(weight, ids);

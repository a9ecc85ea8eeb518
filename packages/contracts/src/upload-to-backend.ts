import * as tf from "@tensorflow/tfjs";

/**
 * `tensor`, its values moved to the backend now. A tensor keeps its JavaScript array until it is first used: when all
 * of a model's are first used together, the model is in memory twice. So whoever makes many tensors settles each as it
 * is made.
 *
 * @returns The tensor itself.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { uploadToBackend } from "@vpt/contracts/tensors";
 *
 * const weight = uploadToBackend(tf.tensor2d([1, 2, 3, 4], [2, 2]));
 * ```
 */
export function uploadToBackend<T extends tf.Tensor>(tensor: T): T {
  if (tensor.size > 0) tf.dispose(tf.tidy(() => tf.slice(tf.reshape(tensor, [-1]), 0, 1)));
  return tensor;
}

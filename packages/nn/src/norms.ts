import * as tf from "@tensorflow/tfjs";

/**
 * Root mean square norm over the last axis: `y = w ⊙ x / √(mean(x²) + ε)`.
 *
 * @param x `[..., width]`
 * @returns The shape of `x`, owned by the caller.
 * @example
 * ```ts
 * rmsNorm(tf.tensor2d([[3, 4]]), { weight: tf.ones([2]) }).print(); // [[0.8485, 1.1314]]
 * ```
 * @see arXiv 1910.07467, equation 4; Hugging Face `LlamaRMSNorm`.
 * @category layers
 */
export const rmsNorm = <T extends tf.Tensor>(
  x: T,
  { weight, epsilon = 1e-6 }: { readonly weight: tf.Tensor1D; readonly epsilon?: number },
): T => tf.tidy(() => tf.mul(tf.mul<T>(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon))), weight));

/**
 * Layer norm over the last axis: `y = w ⊙ (x − mean) / √(var + ε) + b`, with the biased variance.
 *
 * @param x `[..., width]`
 * @returns The shape of `x`, owned by the caller.
 * @example
 * ```ts
 * layerNorm(tf.tensor2d([[1, 3]]), { weight: tf.ones([2]), bias: tf.zeros([2]) }).print(); // [[-1, 1]]
 * ```
 * @see arXiv 1607.06450; PyTorch `torch.nn.functional.layer_norm`.
 * @category layers
 */
export const layerNorm = <T extends tf.Tensor>(
  x: T,
  params: { readonly weight: tf.Tensor1D; readonly bias: tf.Tensor1D; readonly epsilon?: number },
): T =>
  tf.tidy(() => {
    const { weight, bias, epsilon = 1e-5 } = params;
    const centred = tf.sub<T>(x, tf.mean(x, -1, true));
    return tf.add(rmsNorm(centred, { weight, epsilon }), bias);
  });

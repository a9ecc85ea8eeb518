import * as tf from "@tensorflow/tfjs";

const inverseRootMeanSquare = (x: tf.Tensor, epsilon: number): tf.Tensor =>
  tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon));

/**
 * `w ⊙ x·r` that keeps x and w alone for the gradient and multiplies by `dy` first, so that a compiled step holds no
 * other tensor of x's size.
 */
const scaled = (x: tf.Tensor, weight: tf.Tensor1D, epsilon: number): tf.Tensor =>
  tf.customGrad((...given) => {
    const [x, weight, save] = given as unknown as [tf.Tensor, tf.Tensor1D, tf.GradSaveFunc];
    save([x, weight]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [x, weight] = saved as [tf.Tensor, tf.Tensor1D];
      const r = inverseRootMeanSquare(x, epsilon);
      const along = tf.mul(dy, x);
      const pull = tf.mul(tf.mean(tf.mul(along, weight), -1, true), tf.mul(r, tf.square(r)));
      const dx = tf.sub(tf.mul(tf.mul(dy, weight), r), tf.mul(x, pull));
      return [dx, tf.sum(tf.reshape(tf.mul(along, r), [-1, weight.shape[0]]), 0)];
    };
    return { value: tf.mul(tf.mul(x, inverseRootMeanSquare(x, epsilon)), weight), gradFunc };
  })(x, weight);

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
): T => tf.tidy(() => scaled(x, weight, epsilon) as T);

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

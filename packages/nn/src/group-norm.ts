import * as tf from "@tensorflow/tfjs";

/**
 * Group norm: channels in `groups` of neighbours, each normalised over its pixels and channels in every image alone;
 * `y = w ⊙ (x − mean)/√(var + ε) + b`.
 *
 * @param x_BHWC Feature maps, channels a multiple of `groups`.
 * @returns The shape of `x_BHWC`, owned by the caller.
 * @example
 * ```ts
 * const y = groupNorm(x_BHWC, { weight: tf.ones([16]), bias: tf.zeros([16]), groups: 4 });
 * ```
 * @see arXiv 1803.08494; PyTorch `torch.nn.functional.group_norm`.
 * @category images
 */
export const groupNorm = (
  x_BHWC: tf.Tensor4D,
  params: {
    readonly weight: tf.Tensor1D;
    readonly bias: tf.Tensor1D;
    readonly groups: number;
    readonly epsilon?: number;
  },
): tf.Tensor4D =>
  tf.tidy(() => {
    const { weight, bias, groups, epsilon = 1e-5 } = params;
    const [batch, height, width, channels] = x_BHWC.shape;
    const grouped = tf.reshape(x_BHWC, [batch, height * width, groups, channels / groups]);
    const centred = tf.sub(grouped, tf.mean(grouped, [1, 3], true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), [1, 3], true), epsilon));
    const normed = tf.reshape(tf.mul(centred, scale), [batch, height, width, channels]);
    return tf.add(tf.mul(normed, weight), bias) as tf.Tensor4D;
  });

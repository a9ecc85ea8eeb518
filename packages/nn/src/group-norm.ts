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
    const rows_BPC = tf.reshape(x_BHWC, [batch, height * width, channels]);
    // Sums over pixels first, then over the few channels of a group: one plain reduction instead of one over axes 1 and
    // 3.
    const overGroup = (means_B1C: tf.Tensor): tf.Tensor => {
      const mean_BG1 = tf.mean(tf.reshape(means_B1C, [batch, groups, channels / groups]), 2, true);
      return tf.reshape(tf.tile(mean_BG1, [1, 1, channels / groups]), [batch, 1, channels]);
    };
    const centred = tf.sub(rows_BPC, overGroup(tf.mean(rows_BPC, 1, true)));
    const variance = overGroup(tf.mean(tf.square(centred), 1, true));
    const scale_B1C = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), weight);
    return tf.reshape(tf.add(tf.mul(centred, scale_B1C), bias), [batch, height, width, channels]);
  });

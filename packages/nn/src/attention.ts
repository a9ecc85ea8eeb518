import * as tf from "@tensorflow/tfjs";

// Axes: B batch, H query heads, G key/value heads (H is a multiple of G), T queries, S keys, C width of a head

/**
 * Softmax attention with grouped keys and values: `y = softmax(q kᵀ / √C + mask) v`; query head `h` reads key/value
 * head `⌊h·G/H⌋`. Keys and values are not repeated: the queries of a group are stacked into one product.
 *
 * @param q_BHTC Queries.
 * @param k_BGSC Keys; with a cache, the cached ones and then the new ones.
 * @param v_BGSC Values.
 * @returns `[B, T, H·C]`, heads side by side as the output projection wants them; owned by the caller.
 * @example
 * ```ts
 * const x_BHTC = tf.randomNormal([1, 4, 8, 16]) as tf.Tensor4D;
 * const y = attention(x_BHTC, x_BHTC, x_BHTC, { mask: causalMask(8) }); // [1, 8, 64]
 * ```
 * @see arXiv 1706.03762, equation 1; grouping: arXiv 2305.13245; Hugging Face `eager_attention_forward`.
 * @category attention
 */
export const attention = (
  q_BHTC: tf.Tensor4D,
  k_BGSC: tf.Tensor4D,
  v_BGSC: tf.Tensor4D,
  options: {
    /** Added to the scores, broadcast to `[B, H, T, S]`; see {@link causalMask}. Absent: everything is seen. */
    readonly mask?: tf.Tensor | undefined;
  } = {},
): tf.Tensor3D =>
  tf.tidy(() => {
    const { mask } = options;
    const [batch, heads, queries, width] = q_BHTC.shape;
    const [, groups, keys] = k_BGSC.shape;
    const rows = (heads / groups) * queries;
    const scaled_BGRC = tf.reshape(tf.mul(q_BHTC, width ** -0.5), [batch, groups, rows, width]);
    const scores_BHTS = tf.reshape(tf.matMul(scaled_BGRC, k_BGSC, false, true), [batch, heads, queries, keys]);
    const probs_BHTS = tf.softmax(mask === undefined ? scores_BHTS : tf.add(scores_BHTS, mask));
    const mixed_BGRC = tf.matMul(tf.reshape(probs_BHTS, [batch, groups, rows, keys]), v_BGSC);
    const mixed_BHTC = tf.reshape(mixed_BGRC, [batch, heads, queries, width]);
    return tf.reshape(tf.transpose(mixed_BHTC, [0, 2, 1, 3]), [batch, queries, heads * width]);
  });

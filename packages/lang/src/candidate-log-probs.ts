import * as tf from "@tensorflow/tfjs";

/** Indices of `values[n, ids[n, k]]` in the flattened values, `[N·K]`. */
export const flatIndices = (ids_NK: tf.Tensor2D, vocabulary: number): tf.Tensor1D => {
  const rowStarts_N1 = tf.range(0, ids_NK.shape[0], 1, "int32").mul(tf.scalar(vocabulary, "int32")).expandDims(1);
  return ids_NK.add(rowStarts_N1).flatten();
};

/**
 * `values[n, ids[n, k]]` as `[N, K]`.
 *
 * @returns A tensor owned by the caller.
 */
export const gatherCandidates = (values_NV: tf.Tensor2D, ids_NK: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => values_NV.flatten().gather(flatIndices(ids_NK, values_NV.shape[1])).reshape<tf.Tensor2D>(ids_NK.shape));

/**
 * `log p(ids[n, k])` with `p = softmax(logits[n])`, differentiable in the logits:
 * `∂/∂z_v = Σ_k dy_k (1[v = id_k] − p_v)`.
 *
 * One scatter and one pass over the vocabulary in the gradient, where stock gather and logSoftmax would take four.
 *
 * @param ids_NK int32; different within a row.
 * @returns `[N, K]`, owned by the caller.
 * @example
 * ```ts
 * const logProbs_NK = candidateLogProbs(logits_NV, ids_NK);
 * ```
 */
export function candidateLogProbs(logits_NV: tf.Tensor2D, ids_NK: tf.Tensor2D): tf.Tensor2D {
  const [rows, vocabulary] = logits_NV.shape;
  const pick = tf.customGrad((logits, save) => {
    const logProbs_NV = tf.logSoftmax(logits as tf.Tensor2D);
    (save as tf.GradSaveFunc)([logProbs_NV, ids_NK]);
    return {
      value: gatherCandidates(logProbs_NV, ids_NK),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [logP_NV, chosen_NK] = saved as [tf.Tensor2D, tf.Tensor2D];
        const indices = flatIndices(chosen_NK, vocabulary).expandDims<tf.Tensor2D>(1);
        const scattered_NV = tf.scatterND(indices, dy.flatten(), [rows * vocabulary]).reshape([rows, vocabulary]);
        return scattered_NV.sub(logP_NV.exp().mul(dy.sum(1, true)));
      },
    };
  });
  return pick(logits_NV);
}

import * as tf from "@tensorflow/tfjs";

/**
 * `⟨row_n, table[ids_nk]⟩`: the logits of K candidates a position, from K gathered rows of the table, never a product
 * with the vocabulary.
 *
 * @returns `[N, K]`, owned by the caller; differentiable in rows and table.
 */
export const candidateScores = (rows_ND: tf.Tensor2D, table_VD: tf.Tensor2D, ids_NK: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    const candidates_NKD = table_VD.gather(ids_NK.flatten()).reshape<tf.Tensor3D>([...ids_NK.shape, rows_ND.shape[1]]);
    return tf.matMul(rows_ND.expandDims<tf.Tensor3D>(1), candidates_NKD, false, true).squeeze<tf.Tensor2D>([1]);
  });

import * as tf from "@tensorflow/tfjs";
import { candidateLogProbs } from "./candidate-log-probs.js";

/** A soft target on K candidates a position: `ids_NK` int32, different within a row; `probs_NK` rows that sum to 1. */
export type SparseTarget = {
  readonly ids_NK: tf.Tensor2D;
  readonly probs_NK: tf.Tensor2D;
};

/**
 * Cross-entropy against soft targets on a few candidates: `−Σ_n w_n Σ_k q_nk log p(id_nk)`.
 *
 * Linear in q, so that its gradient in q is the negative log-probability at the candidates; differentiable in
 * `logits_NV` and `probs_NK`. With one candidate of probability 1 it is the ordinary next-token loss, and extra
 * candidates of probability 0 change no bit of it.
 *
 * @param logits_NV Learner's logits at the counted positions.
 * @param weight_N Weight of each position; padding has 0.
 * @returns Scalar, owned by the caller.
 * @example
 * ```ts
 * const loss = sparseSoftCrossEntropy(logits_NV, { ids_NK, probs_NK }, weight_N);
 * ```
 * @see arXiv 2601.22108v1, A.1; its gradient in the logits is `w (p − q)`.
 */
export const sparseSoftCrossEntropy = (
  logits_NV: tf.Tensor2D,
  { ids_NK, probs_NK }: SparseTarget,
  weight_N: tf.Tensor1D,
): tf.Scalar =>
  tf.tidy(() => candidateLogProbs(logits_NV, ids_NK).mul(probs_NK).sum(1).mul(weight_N).sum().neg() as tf.Scalar);

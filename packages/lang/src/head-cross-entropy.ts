import { optimizationBarrier } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { candidateScores } from "./candidate-scores.js";
import { rowLogSumExp } from "./row-log-sum-exp.js";
import type { SparseTarget } from "./sparse-soft-cross-entropy.js";

// Axes: N rows, K candidates, D width, V vocabulary.

/** Rows that reach the head, the head, and their product. */
export interface HeadInputs {
  readonly rows_ND: tf.Tensor2D;
  readonly head_VD: tf.Tensor2D;
  /** `rows_ND head_VDᵀ`, a constant: derivatives go through rows and head. */
  readonly logits_NV: tf.Tensor2D;
}

/**
 * {@link sparseSoftCrossEntropy} of `rows headᵀ`, `Σ_n w_n Σ_k q_nk (log Σ_v exp z_nv − z_nk)`, with K rows of the head
 * gathered for the candidates' logits: its derivatives in rows, head and target need no work over the vocabulary but
 * one product.
 *
 * @returns Scalar, owned by the caller.
 */
export const headCrossEntropy = (
  { rows_ND, head_VD, logits_NV }: HeadInputs,
  { ids_NK, probs_NK }: SparseTarget,
  weight_N: tf.Tensor1D,
): tf.Scalar =>
  tf.tidy(() => {
    const logits_NK = candidateScores(rows_ND, head_VD, ids_NK);
    // by whoever chose the candidates: nobody wants the logits after that
    const read_NV = optimizationBarrier(logits_NV, ids_NK);
    const total_N1 = rowLogSumExp(rows_ND, head_VD, read_NV).expandDims(1);
    return total_N1.sub(logits_NK).mul(probs_NK).sum(1).mul(weight_N).sum() as tf.Scalar;
  });

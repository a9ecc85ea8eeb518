import * as tf from "@tensorflow/tfjs";

/**
 * Designer efficiency: the share of what any target over the same candidates could add to the value of the true tokens
 * that this one adds, `(V − V_onehot)/(V_oracle − V_onehot)`. V is linear in the target, so its gradient `c` gives both
 * differences: `Σ_nk c_nk (q_nk − e_0k)` and `α_max Σ_n max(0, max_k c_nk − c_n0)`.
 *
 * 1 is the oracle, 0 the ordinary task; below 0 the target works against the value.
 *
 * @param cotangent_NK `∂V/∂q` at any target, true token first.
 * @param probs_NK The target q.
 * @param maxGate α_max of the targets that count as possible.
 * @returns Scalar, owned by the caller; 0 where nothing could be gained.
 * @example
 * ```ts
 * const share = targetEfficiency(cotangent["probs_NK"], task["probs_NK"], 0.9);
 * ```
 * @see Not in the paper; the oracle is {@link oracleDesigner}'s vertex.
 * @category designers
 */
export const targetEfficiency = (cotangent_NK: tf.Tensor2D, probs_NK: tf.Tensor2D, maxGate: number): tf.Scalar =>
  tf.tidy(() => {
    const truth_N1 = cotangent_NK.slice([0, 0], [-1, 1]);
    const gain_NK = cotangent_NK.sub(truth_N1); // rows of q sum to 1: what leaves the true token arrives elsewhere
    const earned = gain_NK.mul(probs_NK).sum();
    const possible = gain_NK.max(1).sum().mul(maxGate);
    return earned.div(possible.add(1e-30)); // finite where nothing can be gained
  });

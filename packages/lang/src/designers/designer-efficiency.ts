import * as tf from "@tensorflow/tfjs";
import { gainAndMove, type ScoredProposal } from "./scored-proposal.js";

/**
 * Computes how much of what the designer's objective allows its proposals reach, `(J(r) − J(p)) / (J* − J(p))` with
 * `J(r) = Σ_n w_n [⟨r, c⟩ − λ·KL(r ‖ p)]`. J* is the value of the best proposal, the tilt `r ∝ p·exp(c/λ)`:
 * `J* = Σ_n w_n λ·log Σ_k p_k exp(c_k/λ)`.
 *
 * 1 is the tilt, 0 the learner's own prediction (self-distillation), below 0 worse than that. The gate has no part in
 * it. λ = 0 allows everything: the best proposal is then the best candidate of each position.
 *
 * All terms are differences to the prior, since for a weak direction (c of 1e-4) J itself rounds to more than the gain.
 *
 * @param klWeight λ, the price of a nat of `KL(r ‖ p)`; 1/ε of the tilt target.
 * @returns Scalar, owned by the caller; 0 where nothing could be gained.
 * @example
 * ```ts
 * import { designerEfficiency } from "@vpt/lang";
 * const efficiency = designerEfficiency({ cotangent_NK, proposal_NK, logPrior_NK, weight_N }, 1);
 * ```
 * @see Not in the paper; {@link tiltDesigner} is the optimum.
 * @category designers
 */
export const designerEfficiency = (scored: ScoredProposal, klWeight: number): tf.Scalar =>
  tf.tidy(() => {
    const { prior_NK, proposal_NK, gain_NK, move_NK } = gainAndMove(scored);
    const mean = (x_N: tf.Tensor): tf.Tensor => x_N.mul(scored.weight_N).sum();
    // r log(r/p) − r + p, written so that a small move does not cancel; it sums to KL(r ‖ p) over a row
    const kl_N = proposal_NK.mul(move_NK.neg().expm1().add(move_NK)).sum(1);
    const reached = mean(proposal_NK.mul(gain_NK).sum(1).sub(kl_N.mul(klWeight)));
    return reached.divNoNan(mean(bestGain(prior_NK, gain_NK, klWeight))) as tf.Scalar;
  });

/**
 * `λ·log Σ p·exp(gain/λ)` of each row. A small gain may be taken off, since `Σ p·gain = 0`, which leaves its square; a
 * large one would overflow there.
 */
function bestGain(prior_NK: tf.Tensor, gain_NK: tf.Tensor, klWeight: number): tf.Tensor {
  if (klWeight === 0) return gain_NK.max(1);
  const scaled_NK = gain_NK.div(klWeight);
  const small_N = prior_NK.mul(scaled_NK.expm1().sub(scaled_NK)).sum(1).log1p();
  const large_N = tf.logSumExp(prior_NK.log().add(scaled_NK), 1);
  return tf.where(scaled_NK.max(1).less(1), small_N, large_N).mul(klWeight);
}

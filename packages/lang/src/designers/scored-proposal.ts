import type * as tf from "@tensorflow/tfjs";

/** A proposal beside what it should have followed: all of N positions and K candidates. */
export interface ScoredProposal {
  /** `∂V/∂q`, which is `w_n·c_nk`: V is linear in the target. */
  readonly cotangent_NK: tf.Tensor;
  /** The proposal r; rows sum to 1. */
  readonly proposal_NK: tf.Tensor;
  /** `log p` of the learner on the candidates; rows of p sum to 1. */
  readonly logPrior_NK: tf.Tensor;
  /** w, the share of each position in the loss; 0 where it does not count. */
  readonly weight_N: tf.Tensor;
}

const meanRows = (prior_NK: tf.Tensor, x_NK: tf.Tensor): tf.Tensor => prior_NK.mul(x_NK).sum(1, true);

/**
 * Computes what the measures of a designer share: the prior p, the gain `c − ⟨p, c⟩` and the move `log r − log p`, with
 * the proposal kept off zero.
 *
 * @returns New tensors; call it in a `tf.tidy`.
 */
export function gainAndMove({ cotangent_NK, proposal_NK, logPrior_NK, weight_N }: ScoredProposal) {
  const change_NK = cotangent_NK.divNoNan(weight_N.expandDims(1));
  const prior_NK = logPrior_NK.exp();
  const positive_NK = proposal_NK.add(1e-20);
  return {
    prior_NK,
    proposal_NK: positive_NK,
    gain_NK: change_NK.sub(meanRows(prior_NK, change_NK)),
    move_NK: positive_NK.log().sub(logPrior_NK),
  };
}

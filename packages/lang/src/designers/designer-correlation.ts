import * as tf from "@tensorflow/tfjs";
import { gainAndMove, type ScoredProposal } from "./scored-proposal.js";

/**
 * Computes the correlation of `log r − log p`, what a designer adds to the learner's prediction, with c, the derivative
 * of the value. Both are centred within each position; candidate k of position n has the weight `w_n·p_nk`. Scaling
 * `log r − log p` does not change it, so a weak proposal of the right direction has 1.
 *
 * @returns Scalar from −1 to 1, owned by the caller; 1 for every tilt, 0 where either side is flat.
 * @example
 * ```ts
 * import { designerCorrelation } from "@vpt/lang";
 * const correlation = designerCorrelation({ cotangent_NK, proposal_NK, logPrior_NK, weight_N });
 * ```
 * @see Not in the paper; {@link designerEfficiency} also counts the strength.
 * @category designers
 */
export const designerCorrelation = (scored: ScoredProposal): tf.Scalar =>
  tf.tidy(() => {
    const { prior_NK, gain_NK, move_NK } = gainAndMove(scored);
    const added_NK = move_NK.sub(prior_NK.mul(move_NK).sum(1, true));
    const weight_NK = prior_NK.mul(scored.weight_N.expandDims(1));
    const inner = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => weight_NK.mul(a).mul(b).sum();
    const norms = inner(gain_NK, gain_NK).sqrt().mul(inner(added_NK, added_NK).sqrt());
    return inner(added_NK, gain_NK).divNoNan(norms) as tf.Scalar;
  });

import { jvp } from "@vpt/autodiff";
import { pick, type Params } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { candidateIds } from "../candidates.js";
import { candidateScores } from "../candidate-scores.js";
import { causalLearner, languageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";

/**
 * How much a direction changes the learner's predictions: the deviation of c under them,
 * `√(Σ_n w_n Var_{k~p_n}(c_nk))` over the top-K candidates. The KL divergence of the tilt by ε is `½ε²` times its
 * square, so that directions of one effect give tilts of one strength.
 *
 * @returns Scalar, owned by the caller; linear in the direction's length.
 * @example
 * ```ts
 * import { directionEffect, lastBlockParameters, lmFeedback } from "@vpt/lang";
 * const feedback = lmFeedback(config, { examples: gsm8k });
 * const direction = await feedback.gradient(params, lastBlockParameters(config, 2), random);
 * const effect = directionEffect(config, params, batch, direction);
 * ```
 * @category designers
 */
export function directionEffect(
  config: DecoderConfig,
  params: Params,
  batch: LanguageBatch,
  direction: Params,
  { candidates = 32, vocabularySize }: { readonly candidates?: number; readonly vocabularySize?: number } = {},
): tf.Scalar {
  const { features, cacheFrozenActivations } = causalLearner(config);
  const subset = Object.keys(direction);
  return tf.tidy(() => {
    const start = cacheFrozenActivations!(params, batch, subset);
    const { logits_NV, head_VD } = languageView(config, params, start);
    const ids_NK = candidateIds(logits_NV, batch.labels_N, {
      count: candidates,
      vocabularySize: vocabularySize ?? logits_NV.shape[1],
    });
    const scoresAt = (moved: Params): tf.Tensor => {
      const seen = features!({ ...params, ...moved }, start, subset);
      return candidateScores(seen["rows_ND"] as tf.Tensor2D, (seen["head_VD"] ?? head_VD) as tf.Tensor2D, ids_NK);
    };
    const { value, tangent } = jvp(scoresAt, pick(params, subset), direction);
    const prior_NK = tf.softmax(value);
    const centred_NK = tangent.sub(prior_NK.mul(tangent).sum(1, true));
    return prior_NK.mul(centred_NK.square()).sum(1).mul(batch.weight_N).sum().sqrt() as tf.Scalar;
  });
}

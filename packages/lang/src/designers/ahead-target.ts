import type { Features } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { candidateIds } from "../candidates.js";
import { gatherCandidates } from "../candidate-log-probs.js";
import { candidateScores } from "../candidate-scores.js";
import type { LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { interpolateWithOneHot, type SoftTarget } from "./interpolate-with-one-hot.js";

/** Size and share of a target that the learner's own prediction, moved, is mixed into. */
export interface AheadTargetOptions {
  /** Candidates a position, the true token among them. */
  readonly candidates: number;
  /** α: share of the target that is not on the true token. */
  readonly gate: number;
  /** Ids at or past this are padding rows of the head. */
  readonly vocabularySize?: number | undefined;
}

/**
 * `q = (1−α)·onehot(y) + α·softmax_k ⟨e_k, h⁺⟩` over the learner's top-K candidates, where h⁺ is the row that would
 * enter the head one downstream step ahead; without `ahead` the learner's own distribution on them.
 */
export function aheadTarget(
  { labels_N }: LanguageBatch,
  { logits_NV, head_VD }: LanguageView,
  ahead: Features | undefined,
  { candidates, gate, vocabularySize = logits_NV.shape[1] }: AheadTargetOptions,
): SoftTarget & { readonly ids_NK: tf.Tensor2D } {
  const ids_NK = candidateIds(logits_NV, labels_N, { count: candidates, vocabularySize });
  const scores_NK = ahead
    ? candidateScores(ahead["rows_ND"] as tf.Tensor2D, (ahead["head_VD"] ?? head_VD) as tf.Tensor2D, ids_NK)
    : gatherCandidates(logits_NV, ids_NK);
  const gate_N = tf.fill([ids_NK.shape[0]], gate) as tf.Tensor1D;
  return { ids_NK, ...interpolateWithOneHot(tf.softmax(scores_NK) as tf.Tensor2D, gate_N) };
}

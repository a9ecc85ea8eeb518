import * as tf from "@tensorflow/tfjs";
import type { Designer } from "@vpt/core";
import { gatherCandidates } from "../candidate-log-probs.js";
import { candidateIds } from "../candidates.js";
import { nextTokenTask, type LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { checkGate } from "./check-gate.js";
import { describeTarget, interpolateWithOneHot } from "./interpolate-with-one-hot.js";

/** A soft target that no feedback shapes. */
export interface FixedTargetOptions {
  /** `learner`: self top-K distillation. `uniform`: smoothing over the candidates. */
  readonly proposal: "learner" | "uniform";
  /** Candidates a position, the true token among them. */
  readonly candidates?: number;
  /** α: share of the target that is not on the true token. */
  readonly gate?: number;
  /** Ids at or past this are padding rows of the head. */
  readonly vocabularySize?: number;
}

/**
 * The two controls that soften the target without feedback: `q = (1−α)·onehot(y) + α·r` with `r` the learner's own
 * distribution on the candidates, or 1/K. No parameters; give it with `startDesigningAt`, it needs no value.
 *
 * @throws {VptError} When `gate` is no share.
 * @example
 * ```ts
 * const designer = fixedTargetDesigner({ proposal: "uniform", candidates: 8, gate: 0.45 });
 * await trainStep(state, batch, { learner, designer, startDesigningAt: 0, optimizer, learningRate });
 * ```
 * @see arXiv 2601.22108v1, table 4 ("self top-K distillation", "uniform smoothing"); the gate's size is not given
 *   there.
 * @category designers
 */
export function fixedTargetDesigner({
  proposal,
  candidates = 32,
  gate = 0.5,
  vocabularySize,
}: FixedTargetOptions): Designer<LanguageBatch, LanguageView> {
  checkGate("fixedTargetDesigner: gate", gate);
  return {
    init: () => ({}),
    baselineTask: (batch) => nextTokenTask(batch),
    design: (_, { labels_N }, { logits_NV }) => {
      const ids_NK = candidateIds(logits_NV, labels_N, {
        count: candidates,
        vocabularySize: vocabularySize ?? logits_NV.shape[1],
      });
      const proposal_NK =
        proposal === "uniform"
          ? tf.fill<tf.Rank.R2>(ids_NK.shape, 1 / candidates)
          : (tf.softmax(gatherCandidates(logits_NV, ids_NK)) as tf.Tensor2D);
      return { ids_NK, ...interpolateWithOneHot(proposal_NK, tf.fill([ids_NK.shape[0]], gate) as tf.Tensor1D) };
    },
    metrics: describeTarget,
  };
}

import * as tf from "@tensorflow/tfjs";
import type { Designer } from "@vpt/core";
import { candidateIds } from "../candidates.js";
import { nextTokenTask, type LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { gatherCandidates } from "../candidate-log-probs.js";
import { checkGate } from "./check-gate.js";
import { describeTarget, interpolateWithOneHot } from "./interpolate-with-one-hot.js";

/** The tilt target's choices. */
export interface TiltOptions {
  /** Candidates a position, the true token among them. */
  readonly candidates?: number;
  /** Share of the target that is tilted; the rest stays on the true token. */
  readonly gate?: number;
  /** ε: how far the learner's own distribution is moved along the value. */
  readonly strength?: number;
  /** Ids at or past this are padding rows of the head. */
  readonly vocabularySize?: number;
}

/**
 * The closed-form target `r ∝ p_θ · exp(ε·c)` on the candidates, `q = (1−α)·onehot(y) + α·r`: what a designer with
 * enough capacity would reach under `ε·E_r[c] − KL(r ‖ p_θ)`. Here `c_k = d(−log p_θ(k))` along the value's direction.
 * No network, no training.
 *
 * @throws {VptError} When `gate` is no share.
 * @example
 * ```ts
 * const designer = tiltDesigner({ candidates: 32, gate: 0.5, strength: 1 }); // init() is {}
 * ```
 * @see `docs/paper-map.md`: not in the paper; found in our evidence, and an upper mark for the learned designer.
 */
export function tiltDesigner({ candidates = 32, gate = 0.5, strength = 1, vocabularySize }: TiltOptions = {}): Designer<
  LanguageBatch,
  LanguageView
> {
  checkGate("tiltDesigner: gate", gate);
  return {
    init: () => ({}),
    baselineTask: (batch) => nextTokenTask(batch),
    // The reference point: the learner's own distribution on the candidates. L is linear in q, so ∂V/∂q is the same at
    // any q.
    design: (_, { labels_N }, { logits_NV }) => {
      const ids_NK = candidateIds(logits_NV, labels_N, {
        count: candidates,
        vocabularySize: vocabularySize ?? logits_NV.shape[1],
      });
      return { ids_NK, probs_NK: tf.softmax(gatherCandidates(logits_NV, ids_NK)) };
    },
    closedFormTask: (cotangent, task, { weight_N }) => {
      const [ids_NK, prior_NK] = [task["ids_NK"] as tf.Tensor2D, task["probs_NK"] as tf.Tensor2D];
      const change_NK = cotangent["probs_NK"]!.divNoNan(weight_N.expandDims(1));
      const proposal_NK = tf.softmax(prior_NK.log().add(change_NK.mul(strength))) as tf.Tensor2D;
      const gate_N = tf.fill([prior_NK.shape[0]], gate) as tf.Tensor1D;
      return { ids_NK: ids_NK.clone(), ...interpolateWithOneHot(proposal_NK, gate_N), prior_NK: prior_NK.clone() };
    },
    metrics: describeTarget,
  };
}

import type { Designer } from "@vpt/core";
import { nextTokenTask, type LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { aheadTarget } from "./ahead-target.js";
import { checkGate } from "./check-gate.js";
import { describeTarget } from "./interpolate-with-one-hot.js";

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
  /**
   * Take p and c at the parameters where the direction was measured, until it is measured again. The target then stands
   * still while the learner moves; otherwise it moves ahead of the learner, and overshoots where the direction is old.
   */
  readonly anchored?: boolean;
}

/**
 * The closed-form target `r ∝ p · exp(ε·c)` on the candidates, `q = (1−α)·onehot(y) + α·r`: what a designer with enough
 * capacity would reach under `ε·E_r[c] − KL(r ‖ p)`. Here `c_k = d(−log p(k))` along the value's direction d. No
 * network, no training, and no value pass: `log p − ε·ċ` are the logits one step of length ε against d, so that r is
 * read off the rows that enter the head there, `r = softmax_k ⟨e_k, h⁺⟩`.
 *
 * At θ, `h⁺ = h − ε·ḣ` to first order: a forward-mode pass of the aligned layers on every step. Anchored, h⁺ is taken
 * at `θ_ref − ε·d` itself: a forward pass, half the price.
 *
 * Where the head is in the aligned subset, rows and head are moved each, so that the logits have a term of order ε².
 *
 * @throws {VptError} When `gate` is no share.
 * @example
 * ```ts
 * import { tiltDesigner } from "@vpt/lang";
 * const designer = tiltDesigner({ candidates: 32, gate: 0.5, strength: 1 }); // init() is {}
 * ```
 * @see `docs/paper-map.md`: not in the paper; found in our evidence, and an upper mark for the learned designer.
 * @category designers
 */
export function tiltDesigner({
  candidates = 32,
  gate = 0.5,
  strength = 1,
  vocabularySize,
  anchored = false,
}: TiltOptions = {}): Designer<LanguageBatch, LanguageView> {
  checkGate("tiltDesigner: gate", gate);
  return {
    init: () => ({}),
    baselineTask: (batch) => nextTokenTask(batch),
    lookahead: { stepSize: strength, anchored },
    design: (_, batch, view, ahead) => aheadTarget(batch, view, ahead, { candidates, gate, vocabularySize }),
    metrics: describeTarget,
  };
}

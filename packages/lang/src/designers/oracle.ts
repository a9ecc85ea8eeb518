import * as tf from "@tensorflow/tfjs";
import type { Designer } from "@vpt/core";
import type { LanguageView } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";
import { checkGate } from "./check-gate.js";
import { describeTarget, interpolateWithOneHot } from "./interpolate-with-one-hot.js";
import { tiltDesigner } from "./tilt.js";

/** The oracle target's choices. */
export interface OracleOptions {
  readonly candidates?: number;
  /** α_max. */
  readonly maxGate?: number;
  /** Ids at or past this are padding rows of the head. */
  readonly vocabularySize?: number;
}

/**
 * The target that maximises the linear value: all of α_max on the candidate of the largest `c`, or the one-hot where
 * that is the true token. It has no brake: an upper mark for V on one step, not for the learner.
 *
 * @example
 * ```ts
 * const designer = oracleDesigner({ candidates: 8, maxGate: 0.9 }); // init() is {}
 * ```
 * @see Not in the paper: V is linear over the polytope of targets, so its maximiser is a vertex.
 * @category designers
 */
export function oracleDesigner({ candidates = 32, maxGate = 0.9, ...rest }: OracleOptions = {}): Designer<
  LanguageBatch,
  LanguageView
> {
  checkGate("oracleDesigner: maxGate", maxGate);
  // the same candidates, and V's gradient does not depend on the target
  const reference = tiltDesigner({ candidates, ...rest });
  return {
    init: () => ({}),
    baselineTask: reference.baselineTask,
    design: reference.design,
    closedFormTask: (cotangent, task, { weight_N }) => {
      const best_N = cotangent["probs_NK"]!.divNoNan(weight_N.expandDims(1)).argMax<tf.Tensor1D>(1);
      const proposal_NK = tf.oneHot(best_N, candidates).cast("float32") as tf.Tensor2D;
      const gate_N = best_N.greater(tf.scalar(0, "int32")).cast("float32").mul<tf.Tensor1D>(maxGate);
      return { ids_NK: task["ids_NK"]!.clone(), ...interpolateWithOneHot(proposal_NK, gate_N) };
    },
    metrics: describeTarget,
  };
}

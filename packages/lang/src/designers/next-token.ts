import type { Designer } from "@vpt/core";
import { type LanguageView, nextTokenTask } from "../causal-learner.js";
import type { LanguageBatch } from "../language-batch.js";

/**
 * Ordinary pretraining as a designer: the baseline arm. It has no parameters.
 *
 * @example
 * ```ts
 * import { trainStep } from "@vpt/core";
 * import { nextTokenDesigner } from "@vpt/lang";
 * await trainStep(state, batch, { learner, designer: nextTokenDesigner(), optimizer, learningRate: () => 1e-4 });
 * ```
 */
export const nextTokenDesigner = (): Designer<LanguageBatch, LanguageView> => ({
  init: () => ({}),
  design: (_, batch) => nextTokenTask(batch),
  baselineTask: (batch) => nextTokenTask(batch),
});

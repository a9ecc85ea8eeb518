/** When meta steps are taken. */
export interface MetaSchedule {
  /** A meta step every `updateEvery` learner steps (the paper's `value_update_every`). */
  readonly updateEvery?: number;
  /** Baseline steps before the first meta step. */
  readonly burnInSteps?: number;
}

/**
 * Defaults of the value objective. The library's own stand at the top level; `language` and `vision` hold what the
 * configurations of `@vpt/train` choose otherwise, because their example runs are short: a few hundred steps leave no
 * room for a period of 8.
 *
 * @category training
 */
export const valueDefaults = {
  updateEvery: 8,
  burnInSteps: 0,
  initialFeedbackBatches: 1,
  feedbackEmaDecay: 0.9,
  preconditioner: "adam",
  preconditionerDamping: 0.1,
  similarity: "dot",
  derivative: "forward-mode",
  normalizeDirection: true,
  designerClipNorm: 1,
  designerUpdates: 1,
  language: { updateEvery: 2, burnInSteps: 3, initialFeedbackBatches: 16 },
  vision: { updateEvery: 2, burnInSteps: 2, initialFeedbackBatches: 2 },
} as const;

/**
 * Tells whether `step`, counted from 0, is a meta step: one that updates the designer before the learner.
 *
 * @example
 * ```ts
 * import { isMetaStep } from "@vpt/core";
 *
 * [0, 1, 2, 3, 4, 5].filter((step) => isMetaStep(step, { updateEvery: 2, burnInSteps: 1 })); // [1, 3, 5]
 * ```
 * @category training
 */
export const isMetaStep = (
  step: number,
  { updateEvery = valueDefaults.updateEvery, burnInSteps = valueDefaults.burnInSteps }: MetaSchedule,
): boolean => step >= burnInSteps && (step - burnInSteps) % updateEvery === 0;

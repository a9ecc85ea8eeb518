import { valueDefaults, type ValueStepOptions } from "@vpt/core";
import { z } from "zod";

/** Keys that the section `learner` of every workload has; each places them among its own. */
export const learnerKeys = {
  weightDecayOn: z
    .enum(["matrices", "all"])
    .default("matrices")
    .describe("what decays: matrices, and so no bias and no weight of a norm, or all that trains"),
  finalLearningRateShare: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe("learning rate at the end of the cosine as a share of the peak; 0 falls to zero"),
} satisfies z.ZodRawShape;

/** Keys that the section `value` of every workload has: how the value is computed. */
export const valueKeys = {
  preconditioner: z
    .enum(["adam", "none"])
    .default(valueDefaults.preconditioner)
    .describe(
      "adam: scale the learner's gradient as its AdamW does before it is aligned; none: align the gradient itself",
    ),
  preconditionerDamping: z
    .number()
    .min(0)
    .default(valueDefaults.preconditionerDamping)
    .describe(
      "κ of 1/(√v̂ + κ·rms(√v̂)): bounds what a parameter with a small Adam state is scaled by; 0 gives Adam's own",
    ),
  similarity: z
    .enum(["dot", "cosine"])
    .default(valueDefaults.similarity)
    .describe("how the learner's and the downstream gradient are compared"),
  derivative: z
    .enum(["forward-mode", "central-difference", "forward-difference"])
    .default(valueDefaults.derivative)
    .describe("how the derivative of the alignment is computed: exactly, or as a difference of two gradients"),
  designerUpdates: z
    .int()
    .positive()
    .default(valueDefaults.designerUpdates)
    .describe("updates of the designer on each value pass; the derivative of the value serves them all"),
} satisfies z.ZodRawShape;

type StepKeys = keyof typeof valueKeys | "updateEvery" | "burnInSteps" | "initialFeedbackBatches" | "feedbackEmaDecay";

/** What of the section `value` the step of every workload takes; batches and feedback take the rest. */
export const sharedValueOptions = (
  value: Required<Pick<ValueStepOptions, StepKeys>>,
): Required<Pick<ValueStepOptions, StepKeys>> => ({
  updateEvery: value.updateEvery,
  burnInSteps: value.burnInSteps,
  preconditioner: value.preconditioner,
  preconditionerDamping: value.preconditionerDamping,
  similarity: value.similarity,
  derivative: value.derivative,
  designerUpdates: value.designerUpdates,
  initialFeedbackBatches: value.initialFeedbackBatches,
  feedbackEmaDecay: value.feedbackEmaDecay,
});

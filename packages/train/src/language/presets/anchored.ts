import type { LanguagePreset } from "./language-preset.js";

/**
 * The default of our evidence: the anchored target, with most of its mass on a wide tilt, and feedback every eight
 * steps.
 */
export const anchored = {
  methods: ["baseline", "anchored"],
  trainableBlocks: 2,
  learner: { learningRate: 1e-3 },
  tilt: { candidates: 128, gate: 0.9, strength: 1 },
  value: {
    updateEvery: 8, // the paper's period, v2 F.2
    feedbackEmaDecay: 0.5,
    initialFeedbackBatches: 4,
    burnInSteps: 3,
  },
} as const satisfies LanguagePreset;

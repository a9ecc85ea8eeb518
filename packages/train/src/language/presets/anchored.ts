import type { LanguagePreset } from "./language-preset.js";

/** Closed-form targets at the settings of our evidence: a wide tilt, close to its maximum, on feedback of two updates. */
export const anchored = {
  methods: ["baseline", "tilt"],
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

import { anchored } from "./anchored.js";
import type { LanguagePreset } from "./language-preset.js";

/** The ridge designer, with half of a tilt over fewer candidates and the learning rate of the language runs. */
export const tangent = {
  ...anchored,
  methods: ["baseline", "tangent"],
  learner: { learningRate: 1e-4 },
  tilt: { candidates: 32, gate: 0.5, strength: 1 },
} as const satisfies LanguagePreset;

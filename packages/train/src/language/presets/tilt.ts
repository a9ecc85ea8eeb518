import { anchored } from "./anchored.js";
import type { LanguagePreset } from "./language-preset.js";

/** As {@link anchored}, with the value and the tilt of every step taken anew. */
export const tilt = {
  ...anchored,
  methods: ["baseline", "tilt"],
  value: { ...anchored.value, updateEvery: 1 },
} as const satisfies LanguagePreset;

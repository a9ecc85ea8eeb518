import { anchored } from "./anchored.js";
import type { LanguagePresetName } from "./language-preset-names.js";
import type { LanguagePreset } from "./language-preset.js";
import { paperV1 } from "./paper-v1.js";
import { paperV2 } from "./paper-v2.js";
import { tangent } from "./tangent.js";
import { tilt } from "./tilt.js";

/** The presets of language runs, by the name that `preset` takes. */
export const languagePresets = {
  "paper-v1": paperV1,
  "paper-v2": paperV2,
  anchored,
  tangent,
  tilt,
} as const satisfies Readonly<Record<LanguagePresetName, LanguagePreset>>;

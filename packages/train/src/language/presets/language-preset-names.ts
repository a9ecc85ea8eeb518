/** What `preset` of a language run may be. */
export const languagePresetNames = ["paper-v1", "paper-v2", "anchored", "tangent", "tilt"] as const;

/** One of `languagePresetNames`. */
export type LanguagePresetName = (typeof languagePresetNames)[number];

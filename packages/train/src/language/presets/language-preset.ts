import type { LanguageDataInput, RunConfigInput } from "../run-config-input.js";

/** What a preset sets: any part of a language run's configuration. A configuration's own keys win. */
export interface LanguagePreset extends Omit<RunConfigInput, "preset" | "data"> {
  data?: Partial<LanguageDataInput>;
}

import { presetUse, type PresetUse } from "../../config/preset-use.js";
import type { RunConfig } from "../config.js";
import { languagePresets } from "./language-presets.js";

/** Lists what the preset of a run sets and what the run has otherwise; undefined for a run without one. */
export const languagePresetUse = (run: RunConfig): PresetUse | undefined =>
  run.preset && presetUse(run.preset, languagePresets[run.preset], run);

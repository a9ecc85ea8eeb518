import { isSection, type Preset } from "./merge-preset.js";

/** One key that a preset sets. */
export interface PresetSetting {
  /** Dotted, such as `learner.learningRate`. */
  readonly key: string;
  /** The preset's value as text. */
  readonly preset: string;
  /** The run's, where its configuration has another. */
  readonly changed?: string;
}

/** A preset and what a run made of it. */
export interface PresetUse {
  readonly name: string;
  readonly settings: readonly PresetSetting[];
}

/** Lists what a preset sets, and which of it a configuration, with its defaults filled in, has otherwise. */
export function presetUse(name: string, preset: Preset, config: Preset): PresetUse {
  const settings = Object.entries(preset).flatMap(([section, value]) => {
    if (!isSection(value)) return [settingOf(section, value, config[section])];
    const own = (config[section] ?? {}) as Preset;
    return Object.entries(value).map(([key, inner]) => settingOf(`${section}.${key}`, inner, own[key]));
  });
  return { name, settings };
}

const settingOf = (key: string, preset: unknown, used: unknown): PresetSetting =>
  holds(used, preset) ? { key, preset: text(preset) } : { key, preset: text(preset), changed: text(used) };

/** Whether `used` says what `preset` says; it may have defaults beside it. */
function holds(used: unknown, preset: unknown): boolean {
  if (Array.isArray(preset))
    return Array.isArray(used) && used.length === preset.length && preset.every((each, i) => holds(used[i], each));
  if (!isSection(preset)) return JSON.stringify(used) === JSON.stringify(preset);
  return isSection(used) && Object.entries(preset).every(([key, value]) => holds(used[key], value));
}

/** Describes what a preset sets in a line a section; a value that the run has otherwise is followed by the preset's. */
export function presetLines({ name, settings }: PresetUse): string[] {
  const sections = new Map<string, string[]>();
  for (const setting of settings) {
    const [section, key] = setting.key.includes(".") ? setting.key.split(".") : ["run", setting.key];
    sections.set(section!, [...(sections.get(section!) ?? []), `${key} ${describeSetting(setting)}`]);
  }
  return [...sections].map(([section, each]) => `preset ${name}, ${section}: ${each.join(", ")}`);
}

const describeSetting = ({ preset, changed }: PresetSetting): string =>
  changed === undefined ? preset : `${changed} (preset: ${preset})`;

const text = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (isSection(value)) {
    const entries = Object.entries(value).map(([key, inner]) => `${key} ${text(inner)}`);
    return `{ ${entries.join(", ")} }`;
  }
  if (typeof value === "object" && value !== null) return "an object"; // a method of the user's own has functions
  return String(value);
};

import { metaOf } from "./schema-tree.js";

/** A part of a configuration, as a preset sets it. */
export type Preset = Readonly<Record<string, unknown>>;

/**
 * Puts a preset under a configuration: a key that the configuration has wins, section by section. A value inside a
 * section, such as a source of `data`, is taken as a whole.
 */
export function mergePreset(preset: Preset, config: Preset): Record<string, unknown> {
  const own = Object.entries(config).filter(([, value]) => value !== undefined);
  const merged = own.map(([key, value]) => {
    const under = preset[key];
    return [key, isSection(under) && isSection(value) ? { ...under, ...value } : value] as const;
  });
  return { ...preset, ...Object.fromEntries(merged) };
}

/**
 * A configuration with what its key `preset` stands for in place; a name that its schema lacks is left for the schema.
 */
export function withPreset(schema: unknown, config: unknown): unknown {
  const presets = (metaOf(schema, "presets") ?? {}) as Readonly<Record<string, Preset>>;
  if (!isSection(config)) return config;
  const { preset: name } = config;
  return typeof name === "string" && Object.hasOwn(presets, name) ? mergePreset(presets[name]!, config) : config;
}

/** True for a plain object of keys. */
export const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { VptError } from "@vpt/core";
import { loadConfig } from "c12";
import type { z } from "zod";
import { describeIssue } from "./describe-issue.js";
import { withPreset } from "./merge-preset.js";
import { resolvePaths } from "./resolve-paths.js";

/** `value.updateEvery=4` style overrides from the command line, as written. */
export type Overrides = readonly string[];

/**
 * Loads a configuration file and applies `--set a.b=value` overrides. Functions in it, such as a designer of the user's
 * own, stay what they are. It is not yet checked: its `kind` says whose schema it follows.
 *
 * @throws {VptError} For a file that is absent or does not load.
 */
export async function loadConfigFile(path: string, overrides: Overrides = []): Promise<Record<string, unknown>> {
  if (!existsSync(path)) throw new VptError(`config ${path}: no such file; give the path of a run.config.ts`);
  const { config } = await loadConfig({
    configFile: resolve(path),
    rcFile: false,
    globalRc: false,
    packageJson: false,
  }).catch((error: Error) => {
    throw new VptError(`config ${path}: does not load: ${error.message.split("\n")[0]}`);
  });
  return applyOverrides(config, overrides);
}

/** A configuration with `--set` overrides applied, in order; it is left alone. */
export const applyOverrides = (config: object, overrides: Overrides): Record<string, unknown> =>
  overrides.reduce(applyOverride, { ...config } as Record<string, unknown>);

/**
 * Checks a configuration object against a schema and fills in the defaults, after those of the preset that it names.
 *
 * @param where Names the configuration in errors.
 * @param directory What paths in it are relative to; by default they stay as they are, relative to the process's
 *   directory.
 * @throws {VptError} In one line: the key, what was expected, what was received; for an unknown key the nearest one and
 *   the section's list.
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  config: unknown,
  where: string,
  directory?: string,
): z.output<Schema> {
  const given = withPreset(schema, config);
  const result = schema.safeParse(given);
  if (!result.success) {
    const { issues } = result.error;
    // A key that is written wrong is often the one that another issue misses
    const first = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]!;
    throw new VptError(`config ${where}: ${describeIssue(first, given, schema)}`);
  }
  return directory === undefined ? result.data : resolvePaths(schema, result.data, directory);
}

/** Sets one dotted key; the value is JSON where it reads as JSON, else the text itself. */
function applyOverride(config: Record<string, unknown>, override: string): Record<string, unknown> {
  const equals = override.indexOf("=");
  if (equals < 1) throw new VptError(`--set ${override}: expected key=value, such as --set value.updateEvery=4`);
  const keys = override.slice(0, equals).split(".");
  if (keys.some((key) => ["__proto__", "constructor", "prototype"].includes(key))) {
    throw new VptError(`--set ${override}: no such key`);
  }
  let target = config;
  for (const key of keys.slice(0, -1)) {
    const inner = target[key];
    target[key] = typeof inner === "object" && inner !== null ? { ...inner } : {};
    target = target[key] as Record<string, unknown>;
  }
  target[keys.at(-1)!] = parseValue(override.slice(equals + 1));
  return config;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

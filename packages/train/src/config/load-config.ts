import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { VptError } from "@vpt/core";
import { loadConfig } from "c12";
import type { z } from "zod";
import { nearestName } from "./nearest-name.js";
import { runConfigSchema, type RunConfig } from "../language/config.js";

/** `{ "value.updateEvery": "4" }` style overrides from the command line, as written. */
export type Overrides = readonly string[];

/**
 * Loads a configuration file and applies `--set a.b=value` overrides. It is not yet checked: its `kind` says which schema is its own.
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
  return overrides.reduce(applyOverride, structuredClone(config) as Record<string, unknown>);
}

/** Checks a configuration object and fills in the defaults. `where` names it in errors. */
export const parseRunConfig = (config: unknown, where: string): RunConfig =>
  parseConfig(runConfigSchema, config, where);

/** Checks a configuration object against a schema and fills in the defaults. `where` names it in errors. */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  config: unknown,
  where: string,
): z.output<Schema> {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  throw new VptError(`config ${where}: ${describe(result.error.issues[0]!, config, schema)}`);
}

/** One sentence for a zod issue: where, what was expected, what came. */
function describe(issue: z.core.$ZodIssue, config: unknown, root: unknown): string {
  if (issue.code === "invalid_union") {
    const inner = closestBranch(issue.errors);
    if (inner) return describe({ ...inner, path: [...issue.path, ...inner.path] }, config, root);
  }
  const at = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const near = nearestName(key, knownKeys(root, issue.path));
    // zod names a key that another branch of a union knows when that branch refuses the key's value
    if (near === key) {
      const value = valueAt(config, issue.path);
      const tried = schemasAt(root, issue.path).map((schema) => schema.safeParse(value).error?.issues ?? []);
      const inner = closestBranch(tried.filter((issues) => issues.length > 0));
      if (inner && inner.code !== "unrecognized_keys")
        return describe({ ...inner, path: [...issue.path, ...inner.path] }, config, root);
      return `"${at}.${key}": does not go with the keys beside it`;
    }
    return `unknown key "${at === "" ? key : `${at}.${key}`}"${near ? `; did you mean "${near}"?` : ""}`;
  }
  const received = valueAt(config, issue.path);
  return `"${at}": ${issue.message.replace(/^Invalid input: /, "")}, received ${JSON.stringify(received) ?? "nothing"}`;
}

const valueAt = (config: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], config);

type Issue = z.core.$ZodIssue;

/** Of a union's branches, the one that fits best: of the right type first, then with the fewest keys it does not know. */
const closestBranch = (branches: readonly (readonly Issue[])[]): Issue | undefined =>
  [...branches].sort((a, b) => distanceOf(a) - distanceOf(b))[0]?.[0];

/** How far a value is from a branch with these issues. */
const distanceOf = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => {
    if (issue.code === "invalid_union") return sum + Math.min(...issue.errors.map(distanceOf));
    if (issue.code === "unrecognized_keys") return sum + 10 * issue.keys.length;
    return sum + (issue.code === "invalid_type" && issue.path.length === 0 ? 1000 : 1);
  }, 0);

/** The keys that the schema knows at a path, in any branch of a union on the way; empty where it takes anything. */
const knownKeys = (root: unknown, path: readonly PropertyKey[]): string[] => [
  ...new Set(schemasAt(root, path).flatMap(({ shape }) => Object.keys(shape ?? {}))),
];

type Shaped = z.ZodType & { readonly shape?: Record<PropertyKey, unknown>; readonly element?: unknown };

/** What may stand at a path: one schema, or one a branch of the unions on the way. */
function schemasAt(root: unknown, path: readonly PropertyKey[]): Shaped[] {
  let schemas = branches(root);
  for (const key of path)
    schemas = schemas.flatMap(({ shape, element }) => {
      const inner = typeof key === "number" ? element : shape?.[key];
      return inner === undefined ? [] : branches(inner);
    });
  return schemas;
}

/** A schema, or the branches of a union, unions within it opened too. */
function branches(schema: unknown): Shaped[] {
  const inner = unwrap(schema) as Shaped & { options?: readonly unknown[] };
  // An enum has options too: its values
  return inner.options && inner.def.type === "union" ? inner.options.flatMap(branches) : [inner];
}

/** Strips defaults and optionals off a schema. */
function unwrap(schema: unknown): unknown {
  let inner = schema as { def?: { innerType?: unknown } } | undefined;
  while (inner?.def?.innerType) inner = inner.def.innerType as typeof inner;
  return inner ?? {};
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

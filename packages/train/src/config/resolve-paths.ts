import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { branches, metaOf, unwrap } from "./schema-tree.js";

/**
 * Makes the paths in a configuration absolute: relative ones are relative to `directory`, the configuration file's own.
 * A key with the metadata `path: true` is a path; with `path: "existing"` it is one only where it begins with a dot or
 * names something there, since it may also be a model's id.
 */
export function resolvePaths<Config>(schema: unknown, config: Config, directory: string): Config {
  const kind = metaOf(schema, "path");
  if (typeof config === "string" && kind !== undefined) {
    const path = resolve(directory, config);
    const isPath = kind === true || config.startsWith(".") || existsSync(path);
    return (isPath && !isAbsolute(config) ? path : config) as Config;
  }
  if (Array.isArray(config)) {
    const options = branches(schema);
    const inner = options.find(({ element }) => element !== undefined)?.element;
    return (inner === undefined ? config : config.map((each) => resolvePaths(inner, each, directory))) as Config;
  }
  if (typeof config !== "object" || config === null || Object.getPrototypeOf(config) !== Object.prototype)
    return config;
  const options = branches(unwrap(schema));
  const schemaOf = (key: string): unknown =>
    options
      .map(({ shape, valueType }) => shape?.[key] ?? valueType)
      .find((inner) => inner !== undefined && holdsPath(inner)) ?? undefined;
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, resolvePaths(schemaOf(key), value, directory)]),
  ) as Config;
}

/** True where a schema, or something in it, is a path. */
function holdsPath(schema: unknown): boolean {
  if (metaOf(schema, "path") !== undefined) return true;
  return branches(schema).some(
    (branch) =>
      metaOf(branch, "path") !== undefined ||
      Object.values(branch.shape ?? {}).some(holdsPath) ||
      (branch.element !== undefined && holdsPath(branch.element)) ||
      (branch.valueType !== undefined && holdsPath(branch.valueType)),
  );
}

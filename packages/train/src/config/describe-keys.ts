import type { z } from "zod";
import { branches, metaOf, type SchemaNode } from "./schema-tree.js";

/** One key of a configuration. */
export interface ConfigKey {
  /** Dotted, with `[]` for the elements of a list and `<name>` for keys of the user's own. */
  readonly key: string;
  readonly description: string | undefined;
  /** As JSON; undefined where the key has none. */
  readonly default: string | undefined;
  readonly required: boolean;
}

/** Lists every key of a schema in its order, sections with their keys after them. */
export function configKeys(schema: z.ZodType, prefix = ""): ConfigKey[] {
  const found = new Map<string, ConfigKey>();
  for (const { key, inner } of childrenOf(schema)) {
    const name = prefix === "" ? key : key === "[]" ? `${prefix}[]` : `${prefix}.${key}`;
    if (key !== "[]" && !found.has(name)) found.set(name, keyOf(name, inner));
    for (const each of configKeys(inner, name)) if (!found.has(each.key)) found.set(each.key, each);
  }
  return [...found.values()];
}

/** The keys as text, for `vpt train --keys`. */
export const describeKeys = (schema: z.ZodType): string =>
  configKeys(schema)
    .map(({ key, description, default: value, required }) => {
      const note = value !== undefined ? ` (default ${value})` : required ? " (required)" : "";
      return `${key}${note}${description === undefined ? "" : `\n    ${description}`}`;
    })
    .join("\n");

function childrenOf(schema: z.ZodType): { readonly key: string; readonly inner: z.ZodType }[] {
  return branches(schema).flatMap(({ shape, element, valueType }: SchemaNode) => [
    ...Object.entries(shape ?? {}).map(([key, inner]) => ({ key, inner: inner as z.ZodType })),
    ...(element === undefined ? [] : [{ key: "[]", inner: element as z.ZodType }]),
    ...(valueType === undefined ? [] : [{ key: "<name>", inner: valueType as z.ZodType }]),
  ]);
}

function keyOf(key: string, schema: z.ZodType): ConfigKey {
  const { type, defaultValue } = (schema as unknown as { def: { type: string; defaultValue?: unknown } }).def;
  const value = type === "default" ? defaultValue : undefined;
  return {
    key,
    description: metaOf(schema, "description") as string | undefined,
    default: value === undefined ? undefined : JSON.stringify(value),
    required: !schema.safeParse(undefined).success,
  };
}

import type { z } from "zod";

/**
 * A schema with what some kinds of schemas have: the keys of an object, the element of an array, the value type of a
 * record.
 */
export type SchemaNode = z.ZodType & {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly valueType?: unknown;
};

type Layer = {
  readonly def?: { readonly innerType?: unknown; readonly in?: unknown };
  meta?(): Record<string, unknown> | undefined;
};

/** Strips defaults, optionals and pipes off a schema. */
export function unwrap(schema: unknown): unknown {
  let inner = schema as Layer | undefined;
  while (inner?.def?.innerType ?? inner?.def?.in) inner = (inner!.def!.innerType ?? inner!.def!.in) as Layer;
  return inner ?? {};
}

/** The first value of a metadata field among a schema and what it wraps. */
export function metaOf(schema: unknown, field: string): unknown {
  for (
    let layer = schema as Layer | undefined;
    layer;
    layer = (layer.def?.innerType ?? layer.def?.in) as Layer | undefined
  ) {
    const value = layer.meta?.()?.[field];
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A schema, or the branches of a union, unions within it opened too. */
export function branches(schema: unknown): SchemaNode[] {
  const inner = unwrap(schema) as SchemaNode & { options?: readonly unknown[] };
  // An enum has options too: its values
  return inner.options && inner.def.type === "union" ? inner.options.flatMap(branches) : [inner];
}

/** The schemas that may stand at a path: one, or one a branch of the unions on the way. */
export function schemasAt(root: unknown, path: readonly PropertyKey[]): SchemaNode[] {
  let schemas = branches(root);
  for (const key of path)
    schemas = schemas.flatMap(({ shape, element, valueType }) => {
      const inner = typeof key === "number" ? element : (shape?.[String(key)] ?? valueType);
      return inner === undefined ? [] : branches(inner);
    });
  return schemas;
}

/** The keys that a schema has at a path, in any branch of a union on the way; empty where it takes anything. */
export const knownKeys = (root: unknown, path: readonly PropertyKey[]): string[] => [
  ...new Set(schemasAt(root, path).flatMap(({ shape }) => Object.keys(shape ?? {}))),
];

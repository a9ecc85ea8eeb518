import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeKeys } from "./describe-keys.js";
import { branches, knownKeys, metaOf, schemasAt, unwrap } from "./schema-tree.js";

const file = z.strictObject({ file: z.string(), limit: z.int().default(3) });
const hub = z.strictObject({ dataset: z.string(), limit: z.int().optional() });
const made = z.strictObject({ synthetic: z.enum(["a", "b"]) });
const schema = z.strictObject({
  rows: z.union([file, z.union([hub, made])]).optional(),
  parts: z.array(file).default([]),
  named: z.record(z.string(), made).prefault({}),
});

describe("unwrap", () => {
  it("takes off any number of defaults, optionals and pipes, and gives an empty schema for none", () => {
    expect(unwrap(file.optional().default({ file: "x", limit: 1 }))).toBe(file);
    expect(unwrap(file.transform((each) => each.file))).toBe(file);
    expect(unwrap(file)).toBe(file);
    expect(unwrap(undefined)).toEqual({});
  });
});

describe("metaOf", () => {
  it("finds the outermost value among a schema and what it wraps", () => {
    const inner = z.string().meta({ path: true });
    expect(metaOf(inner.optional(), "path")).toBe(true);
    expect(metaOf(inner.optional().meta({ path: "existing" }), "path")).toBe("existing");
    expect(metaOf(z.string(), "path")).toBeUndefined();
    expect(metaOf(undefined, "path")).toBeUndefined();
  });
});

describe("branches", () => {
  it("opens unions within unions, and no enum", () => {
    expect(branches(schema.shape.rows)).toEqual([file, hub, made]);
    expect(branches(made.shape.synthetic)).toHaveLength(1);
  });
});

describe("schemasAt and knownKeys", () => {
  it("follow keys of objects, indices of arrays and names of records", () => {
    expect(schemasAt(schema, ["parts", 7])).toEqual([file]);
    expect(schemasAt(schema, ["named", "anything"])).toEqual([made]);
    expect(knownKeys(schema, [])).toEqual(["rows", "parts", "named"]);
    expect(knownKeys(schema, ["named", "x"])).toEqual(["synthetic"]);
  });

  it("unite the keys of the branches of a union, each once", () => {
    expect(knownKeys(schema, ["rows"])).toEqual(["file", "limit", "dataset", "synthetic"]);
  });

  it("are empty past the end of the schema", () => {
    expect(schemasAt(schema, ["absent"])).toEqual([]);
    expect(schemasAt(schema, ["rows", "file", "deeper"])).toEqual([]);
    expect(knownKeys(schema, ["parts", 0, "file"])).toEqual([]);
  });
});

describe("describeKeys", () => {
  it("lists each key once with its default or that it is required, elements as [] and names as <name>", () => {
    expect(describeKeys(schema).split("\n")).toEqual([
      "rows",
      "rows.file (required)",
      "rows.limit (default 3)",
      "rows.dataset (required)",
      "rows.synthetic (required)",
      "parts (default [])",
      "parts[].file (required)",
      "parts[].limit (default 3)",
      "named",
      "named.<name> (required)",
      "named.<name>.synthetic (required)",
    ]);
  });

  it("puts a key's description below it", () => {
    expect(describeKeys(z.strictObject({ a: z.int().default(1).describe("one") }))).toBe("a (default 1)\n    one");
  });
});

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { resolvePaths } from "./resolve-paths.js";
import { serializableConfig } from "./serializable-config.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-paths-"));
mkdirSync(join(folder, "model"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = z.union([
  z.strictObject({ file: z.string().meta({ path: true }) }),
  z.strictObject({ dataset: z.string() }),
]);
const schema = z.strictObject({
  model: z.string().meta({ path: "existing" }).optional(),
  name: z.string().optional(),
  data: z.record(z.string(), z.union([source, z.array(source)])).optional(),
  own: z.unknown().optional(),
});
const resolved = (config: z.input<typeof schema>) => resolvePaths(schema, config, folder);

describe("resolvePaths", () => {
  it("makes a path relative to the folder absolute, and leaves an absolute one", () => {
    expect(resolved({ data: { test: { file: "rows/a.jsonl" } } })).toEqual({
      data: { test: { file: join(folder, "rows/a.jsonl") } },
    });
    expect(resolved({ data: { test: { file: "/rows" } } })).toEqual({ data: { test: { file: "/rows" } } });
  });

  it("finds paths in lists and behind the names of a record, in their branch alone", () => {
    expect(resolved({ data: { a: [{ file: "../x" }, { dataset: "file" }] } })).toEqual({
      data: { a: [{ file: join(folder, "../x") }, { dataset: "file" }] },
    });
  });

  it("takes what may be an id for a path only where it is there or begins with a dot", () => {
    expect(resolved({ model: "model" }).model).toBe(join(folder, "model"));
    expect(resolved({ model: "./absent" }).model).toBe(join(folder, "absent"));
    expect(resolved({ model: "Qwen/Qwen2.5-0.5B" }).model).toBe("Qwen/Qwen2.5-0.5B");
  });

  it("leaves other text, functions and objects of a class as they are", () => {
    const own = new Map([["file", "a"]]);
    const config = { name: "model", own };
    expect(resolved(config)).toEqual(config);
    expect(resolved(config).own).toBe(own);
  });

  it("changes nothing the second time", () => {
    const once = resolved({ model: "model", data: { test: { file: "a" } } });
    expect(resolved(once)).toEqual(once);
  });
});

describe("serializableConfig", () => {
  it("saves a method of one's own by its name, functions by theirs, and the kind", () => {
    const saved = serializableConfig(
      {
        methods: ["value", { name: "mine", evaluate: async () => ({}) }],
        learner: { rate: () => 1 },
        seed: 3,
      } as never,
      "language",
    );
    expect(saved).toEqual({
      kind: "language",
      methods: ["value", { name: "mine" }],
      learner: { rate: "[function rate]" },
      seed: 3,
    });
    expect(JSON.parse(JSON.stringify(saved))).toEqual(saved);
  });

  it("has a word for a function without a name", () => {
    expect(serializableConfig({ methods: [], list: [() => 1] } as never, "k")["list"]).toEqual([
      "[function anonymous]",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseConfig } from "./load-config.js";
import { mergePreset } from "./merge-preset.js";

describe("mergePreset", () => {
  const preset = { steps: 10, learner: { rate: 1, clip: 2 }, data: { test: { file: "a", limit: 3 } }, methods: ["a"] };

  it("fills in what the configuration leaves out, section by section", () => {
    expect(mergePreset(preset, { seed: 4, learner: { rate: 5 } })).toEqual({
      ...preset,
      seed: 4,
      learner: { rate: 5, clip: 2 },
    });
  });

  it("takes a value in a section as a whole: sources of rows are of one kind or another", () => {
    expect(mergePreset(preset, { data: { test: { synthetic: "problems" } } })["data"]).toEqual({
      test: { synthetic: "problems" },
    });
  });

  it("lets what is written win: a list, another type, and not what is undefined", () => {
    expect(mergePreset(preset, { methods: ["b", "c"], learner: "none", steps: undefined })).toEqual({
      ...preset,
      methods: ["b", "c"],
      learner: "none",
    });
  });

  it("changes neither", () => {
    const own = { learner: { rate: 5 } };
    mergePreset(preset, own);
    expect([own, preset.learner]).toEqual([{ learner: { rate: 5 } }, { rate: 1, clip: 2 }]);
  });
});

describe("a schema's presets", () => {
  const schema = z
    .strictObject({
      preset: z.enum(["small"]).optional(),
      steps: z.int().default(40),
      learner: z.strictObject({ rate: z.number().default(1), clip: z.number().default(1) }).prefault({}),
    })
    .meta({ presets: { small: { steps: 2, learner: { clip: 9 } } } });
  const parse = (config: object) => parseConfig(schema, config, "mine");

  it("go under the configuration's keys and over the defaults", () => {
    expect(parse({ preset: "small", learner: { rate: 3 } })).toEqual({
      preset: "small",
      steps: 2,
      learner: { rate: 3, clip: 9 },
    });
    expect(parse({})).toEqual({ steps: 40, learner: { rate: 1, clip: 1 } });
  });

  it("change nothing of a configuration that is complete, as it is saved", () => {
    const saved = parse({ preset: "small", steps: 7 });
    expect(parse(saved)).toEqual(saved);
  });

  it("are refused by a name that is none, and where a schema has none", () => {
    expect(() => parse({ preset: "huge" })).toThrow(/config mine: "preset": .*"small".*, received "huge"/);
    expect(() => parse({ preset: "toString" })).toThrow('received "toString"');
    expect(() => parseConfig(z.strictObject({}), { preset: "small" }, "mine")).toThrow('unknown key "preset"');
  });
});

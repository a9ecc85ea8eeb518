import { describe, expect, it } from "vitest";
import { presetLines, presetUse } from "./preset-use.js";

const preset = {
  steps: 10,
  methods: ["baseline", "value"],
  learner: { rate: 1e-5, lora: { rank: 8 } },
  data: { test: { file: "a" } },
};

describe("presetUse", () => {
  it("lists what a preset sets, and takes defaults beside it for no change", () => {
    const used = {
      ...preset,
      seed: 3,
      learner: { rate: 1e-5, clip: 1, lora: { rank: 8, alpha: 16 } },
      data: { test: { file: "a", skip: 0 }, feedback: { file: "b" } },
    };
    expect(presetUse("mine", preset, used)).toEqual({
      name: "mine",
      settings: [
        { key: "steps", preset: "10" },
        { key: "methods", preset: "[baseline, value]" },
        { key: "learner.rate", preset: "0.00001" },
        { key: "learner.lora", preset: "{ rank 8 }" },
        { key: "data.test", preset: "{ file a }" },
      ],
    });
  });

  it("says what the run has otherwise, in every depth", () => {
    const own = { name: "own", designer: new (class Own {})() };
    const used = { steps: 4, methods: ["baseline", own], learner: { rate: 1e-5, lora: { rank: 4 } } };
    const { settings } = presetUse("mine", preset, used);
    expect(settings.flatMap(({ key, changed }) => (changed === undefined ? [] : [[key, changed]]))).toEqual([
      ["steps", "4"],
      ["methods", "[baseline, { name own, designer an object }]"],
      ["learner.lora", "{ rank 4 }"],
      ["data.test", "undefined"],
    ]);
  });
});

it("presetLines has a line a section, with the preset's value behind one that was changed", () => {
  const used = { ...preset, steps: 4, learner: { ...preset.learner, rate: 2e-5 } };
  expect(presetLines(presetUse("mine", preset, used))).toEqual([
    "preset mine, run: steps 4 (preset: 10), methods [baseline, value]",
    "preset mine, learner: rate 0.00002 (preset: 0.00001), lora { rank 8 }",
    "preset mine, data: test { file a }",
  ]);
});

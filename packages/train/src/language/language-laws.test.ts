// The language workload and its batches keep the laws of their contracts.
import { describe, expect, it } from "vitest";
import { brokenBatchLaws } from "../testing/broken-batch-laws.js";
import { tinyLanguage } from "../testing/tiny-language.js";
import { workloadLaws } from "../testing/workload-laws.js";
import { parseRunConfig } from "./config.js";
import { languageWorkload } from "./language-workload.js";

const parse = (more: object) =>
  parseRunConfig({ ...tinyLanguage, steps: 3, pretrainSteps: 0, methods: ["value"], saveEvery: 1, ...more }, "test");

describe("languageWorkload keeps the laws of a workload", () => {
  for (const { name, check } of workloadLaws(languageWorkload, parse({}))) it(name, check, 120_000);
});

describe("with feedback that fits a bias at every gradient", () => {
  const value = { ...tinyLanguage.value, burnInSteps: 0, updateEvery: 1, feedback: "profiled" };
  const laws = workloadLaws(languageWorkload, parse({ methods: ["tilt"], value }));
  for (const { name, check } of laws.filter((law) => law.name.startsWith("resumes"))) it(name, check, 120_000);
});

describe("its batches keep the laws of a batch source", () => {
  it.each([
    ["alone", {}],
    ["of micro-batches", { gradientAccumulation: 2 }],
    ["of supervised fine-tuning", { methods: ["sft"] }],
    ["with dropout keys", { learner: { lora: { rank: 2, dropout: 0.1 } } }],
  ])("%s", async (_, more) => {
    expect(await brokenBatchLaws(languageWorkload, parse(more))).toEqual([]);
  });
});

// The language workload and its batches keep the laws of their contracts.
import { batchSourceLaws, brokenLaws } from "@vpt/core/testing";
import { describe, expect, it } from "vitest";
import { createProgress } from "../progress.js";
import { workloadLaws } from "../testing/workload-laws.js";
import { methodName } from "../workload.js";
import { parseRunConfig } from "./config.js";
import { languageWorkload } from "./language-workload.js";

const rows = { synthetic: "problems", limit: 3 };
const parse = (more: object) =>
  parseRunConfig(
    {
      model: "tiny",
      steps: 3,
      methods: ["value"],
      batchSize: 1,
      saveEvery: 1,
      unlabeledTokens: 64,
      answerTokens: 160,
      data: { unlabeled: { synthetic: "stream", limit: 6 }, feedback: rows, test: { ...rows, split: "test" } },
      designer: { layers: 1, width: 16, heads: 2, candidates: 4 },
      value: { feedbackBatchSize: 1, initialFeedbackBatches: 1, burnInSteps: 1 },
      backend: { threads: 1 },
      ...more,
    },
    "test",
  );

describe("languageWorkload keeps the laws of a workload", () => {
  for (const { name, check } of workloadLaws(languageWorkload, parse({}))) it(name, check, 120_000);
});

describe("its batches keep the laws of a batch source", () => {
  it.each([
    ["alone", {}],
    ["of micro-batches", { gradientAccumulation: 2 }],
    ["of supervised fine-tuning", { methods: ["sft"] }],
    ["with dropout keys", { learner: { lora: { rank: 2, dropout: 0.1 } } }],
  ])("%s", async (_, more) => {
    const config = parse(more);
    const context = { backend: "test", progress: createProgress({ quiet: true }), isPrimary: true };
    const open = await languageWorkload.open(config, context);
    const name = methodName(config.methods[0]!);
    expect(await brokenLaws(batchSourceLaws(() => open.method({ name }).batches, { count: 3 }))).toEqual([]);
    await open.close();
  });
});

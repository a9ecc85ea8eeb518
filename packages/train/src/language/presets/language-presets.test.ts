import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog } from "@vpt/core/run";
import { describe, expect, it } from "vitest";
import { describePlan, planRun } from "../../plan/plan-run.js";
import { createProgress } from "../../progress.js";
import { runExperiment } from "../../run-experiment.js";
import { tinyLanguage } from "../../testing/tiny-language.js";
import { parseRunConfig, type RunConfig } from "../config.js";
import { languageWorkload } from "../language-workload.js";
import { languagePresetNames } from "./language-preset-names.js";
import { languagePresets } from "./language-presets.js";

/** What A.1 and table 3 of arXiv 2601.22108v1 say, in their words, and where a run has it. */
const appendixA1: readonly (readonly [text: string, of: (run: RunConfig) => unknown, value: unknown])[] = [
  ["Qwen family in the main paper", ({ model }) => model, "Qwen/Qwen1.5-0.5B"],
  ["We use AI-MO/NuminaMath-CoT (train split)", streamOf("dataset"), "AI-MO/NuminaMath-CoT"],
  ["a problem statement", streamOf("question"), "problem"],
  ["and a solution", streamOf("answer"), "solution"],
  ["(train split)", streamOf("split"), "train"],
  ["sequence length 1024 in our main runs", ({ data }) => "tokens" in data.unlabeled && data.unlabeled.tokens, 1024],
  ["shuffling buffer size 10,000", ({ data }) => "tokens" in data.unlabeled && data.unlabeled.shuffleBuffer, 10_000],
  ["pack multiple formatted examples", ({ data }) => "tokens" in data.unlabeled && data.unlabeled.packing, "split"],
  ["runs use bfloat16 on GPU", ({ backend }) => backend.precision, "bf16"],
  ["6-layer Transformer", ({ designer }) => designer.layers, 6],
  ["with hidden size 256", ({ designer }) => designer.width, 256],
  ["and 4 attention heads", ({ designer }) => designer.heads, 4],
  ["the gate via a sigmoid head", ({ designer }) => designer.gate, "learned"],
  ["dot-product alignment", ({ value }) => [value.similarity, value.preconditioner], ["dot", "none"]],
  ["last-layer blocks", ({ value }) => value.alignedBlocks, 2],
  ["every K learner steps", ({ value }) => value.updateEvery > 1, true],
  ["a small labeled subset of GSM8K training examples (e.g., 1,024 examples)", feedbackOf("limit"), 1024],
  ["GSM8K training examples", feedbackOf("split"), "train"],
  ["greedy decoding (Pass@1)", ({ evaluation }) => evaluation.passAt1Rows, 1319],
  ["the compute-matched baseline", ({ methods }) => methods, ["baseline", "value"]],
  ["one fresh gradient, eq. 12", ({ value }) => [value.feedbackEmaDecay, value.initialFeedbackBatches], [0, 1]],
  ["V = ⟨g_down, g_pre⟩, eq. 14", ({ value }) => value.normalizeDirection, false],
  ["no penalty", ({ designer: d }) => [d.gatePenaltyWeight, d.klWeight, d.entropyWeight, d.prior], [0, 0, 0, "none"]],
];

function streamOf(key: "dataset" | "question" | "answer" | "split") {
  return ({ data }: RunConfig): unknown =>
    "streaming" in data.unlabeled && !Array.isArray(data.unlabeled.streaming) && data.unlabeled.streaming[key];
}

function feedbackOf(key: "limit" | "split") {
  return ({ data: { feedback } }: RunConfig): unknown => !Array.isArray(feedback) && feedback[key];
}

describe("paper-v1", () => {
  const run = parseRunConfig({ preset: "paper-v1" }, "test");

  it.each(appendixA1)("has what A.1 says: %s", (_, of, value) => {
    expect(of(run)).toEqual(value);
  });

  it("takes a rate of A.1's sweep, five in [5e-6, 1e-5], after a warm-up", () => {
    const sweep = [0, 1, 2, 3, 4].map((i) => 5e-6 + (i * 5e-6) / 4);
    expect(sweep).toContainEqual(run.learner.learningRate);
    expect(run.learner.lrWarmupSteps).toBeGreaterThan(0);
  });

  it("is planned for Qwen1.5-0.5B, with table 3's tokens a step and a line for each section", () => {
    const plan = planRun(run);
    expect(plan.parameters).toBe(463_987_712);
    expect(plan.trained).toBe(plan.parameters);
    // 45,782 tokens/s × 0.7157 s a step, to the rounding of both
    expect(Math.abs(plan.tokensPerStep - 45_782 * 0.7157)).toBeLessThan(5);
    const text = describePlan(plan, "--preset paper-v1");
    for (const section of ["run", "backend", "data", "evaluation", "learner", "value", "designer"])
      expect(text).toContain(`- Preset paper-v1, ${section}: `);
    for (const words of ["layers 6, width 256, heads 4", "tokens 1024", "shuffleBuffer 10000", "limit 1024"])
      expect(text).toContain(words);
  });

  it("shows what was changed", () => {
    const own = parseRunConfig({ preset: "paper-v1", learner: { learningRate: 5e-6 } }, "test");
    expect(describePlan(planRun(own), "own")).toContain("learningRate 0.000005 (preset: 0.00001), lrWarmupSteps 60");
  });
});

describe("paper-v2", () => {
  it("has the branch with adapters of F.2 and the cosine of eq. 42", () => {
    const { learner, value, designer, loss, batchSize, gradientAccumulation } = parseRunConfig(
      { preset: "paper-v2" },
      "test",
    );
    expect(learner).toMatchObject({ learningRate: 2e-4, lora: { rank: 8, alpha: 16, dropout: 0.05 } });
    expect(value).toMatchObject({ similarity: "cosine", updateEvery: 8, metaTokens: 256, alignedBlocks: 2 });
    expect(designer).toMatchObject({ candidates: 64, maxGate: 0.5, learningRate: 1e-4 });
    expect([loss, batchSize, gradientAccumulation]).toEqual(["sequence-mean", 4, 8]);
    // PEFT: r = 8 on all seven projections of Qwen2.5-0.5B
    expect(planRun(parseRunConfig({ preset: "paper-v2" }, "test")).trained).toBe(4_399_104);
  });
});

it("the closed forms differ in period, gate, candidates and rate", () => {
  const of = (preset: string) => {
    const { value, tilt, learner } = parseRunConfig({ preset, data: tinyLanguage.data }, "test");
    return [value.updateEvery, tilt.gate, tilt.candidates, learner.learningRate, value.feedbackEmaDecay];
  };
  expect(of("anchored")).toEqual([8, 0.9, 128, 1e-3, 0.5]);
  expect(of("tangent")).toEqual([8, 0.5, 32, 1e-4, 0.5]);
  expect(of("tilt")).toEqual([1, 0.9, 128, 1e-3, 0.5]);
});

describe.each(languagePresetNames)("a tiny run with %s", (preset) => {
  const folder = mkdtempSync(join(tmpdir(), "presets-"));
  // Sizes that do not fit the tiny model; everything else is the preset's
  const { model, data, designer, batchSize, unlabeledTokens, answerTokens } = tinyLanguage;
  const sizes = { model, data, designer, batchSize, unlabeledTokens, answerTokens, steps: 4, gradientAccumulation: 1 };
  const config = parseRunConfig(
    {
      preset,
      ...sizes,
      evaluation: { passAt1Rows: 0 },
      tilt: { candidates: 8 },
      value: { updateEvery: 2, burnInSteps: 1, feedbackBatchSize: 1 },
      backend: { threads: 1, compile: false, precision: "f32" },
    },
    "test",
  );

  it("trains, says what the preset sets, and keeps it with what was changed", async () => {
    const written: string[] = [];
    const progress = createProgress({ isTerminal: false, write: (text) => written.push(text) });
    const summary = await runExperiment(languageWorkload, config, { out: folder, progress });
    const [, own] = summary.methods;
    expect(Number.isFinite(own!.scores.metrics["nll"])).toBe(true);
    const norms = readLog(join(folder, own!.method, "metrics.jsonl")).map((line) => line["feedbackNorm"]);
    expect(norms.map((norm) => typeof norm)).toEqual(["undefined", "number", "undefined", "number"]);
    const changed = summary.preset!.settings.filter((setting) => setting.changed !== undefined);
    expect(summary.preset!.name).toBe(preset);
    expect(changed.map(({ key }) => key)).toContain(preset.startsWith("paper") ? "model" : "tilt.candidates");
    const text = written.join("");
    for (const section of ["run", "learner", "value"]) expect(text).toContain(`preset ${preset}, ${section}: `);
    const saved = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as RunConfig;
    expect(saved.preset).toBe(preset);
    expect(saved.learner).toMatchObject(languagePresets[preset].learner);
    expect(parseRunConfig(saved, "saved")).toEqual(config);
  }, 300_000);
});

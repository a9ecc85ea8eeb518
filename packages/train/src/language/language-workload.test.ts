import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readLog } from "@vpt/core/run";
import { expect, it } from "vitest";
import { runExperiment } from "../run-experiment.js";
import { RunStopped } from "../run-stopped.js";
import type { RunCallback } from "../run-callback.js";
import { tinyLanguage } from "../testing/tiny-language.js";
import { parseRunConfig } from "./config.js";
import { languageWorkload } from "./language-workload.js";

const folder = mkdtempSync(join(tmpdir(), "language-run-"));
const probeRows = { synthetic: "problems", seed: 1, limit: 1 };
const config = (more: object = {}) =>
  parseRunConfig({ ...tinyLanguage, probeEvery: 2, data: { ...tinyLanguage.data, probeRows }, ...more }, "test");
const run = (out: string, options: object = {}, more: object = {}) =>
  runExperiment(languageWorkload, config(more), { out: join(folder, out), ...options });
const log = (out: string, name = "value/metrics.jsonl"): string => readFileSync(join(folder, out, name), "utf8");
const whole = run("whole");

it("leaves a summary and a folder a method with logs, checkpoints and targets", async () => {
  const summary = await whole;
  expect(summary).toMatchObject({
    format: 2,
    kind: "language",
    unit: "tokens",
    primaryMetric: "nll",
    data: { unlabeled: 2, feedback: 4, test: 2, probeRows: 1, unlabeledTest: 0 },
    methods: [{ method: "baseline" }, { method: "value", skipped: 0 }],
  });
  expect(JSON.parse(log("whole", "summary.json"))).toEqual(summary);
  const { nll, bitsPerByte } = summary.methods[1]!.scores.metrics;
  expect(nll).not.toBe(summary.before.metrics["nll"]);
  expect(bitsPerByte).toBeCloseTo(nll! / Math.LN2, 6); // the tiny model's tokens are bytes
  expect(readLog(join(folder, "whole", "pretrain", "metrics.jsonl"))).toHaveLength(2);
  expect(readLog(join(folder, "whole", "value", "probe.jsonl")).map(({ step }) => step)).toEqual([0, 2, 4]);
  expect(Object.keys(readLog(join(folder, "whole", "value", "timings.jsonl"))[0]!)).toContain("unitsPerSecond");
  expect(Object.keys(JSON.parse(log("whole", "value/targets.json")) as object)).toEqual(["before", "after"]);
  expect(existsSync(join(folder, "whole", "baseline", "targets.json"))).toBe(false);
  expect(existsSync(join(folder, "whole", "value", "checkpoints", "5"))).toBe(true);
}, 300_000);

it.each([
  ["on a meta step", 3],
  ["off a meta step", 4],
])(
  "stopped %s it resumes bit for bit",
  async (_, stopAt) => {
    const expected = await whole;
    const controller = new AbortController();
    const stop: RunCallback = {
      onStep: ({ method, step }) => {
        if (method === "value" && step + 1 === stopAt) controller.abort();
      },
    };
    const out = `stopped-${stopAt}`;
    const stopped = run(out, { signal: controller.signal, callbacks: [stop] });
    await expect(stopped).rejects.toThrow(RunStopped);
    await expect(stopped).rejects.toMatchObject({ method: "value", step: stopAt });
    const resumed = await run(out, { resume: true });
    expect(log(out)).toBe(log("whole"));
    expect(resumed.methods.map(({ scores }) => scores)).toEqual(expected.methods.map(({ scores }) => scores));
  },
  300_000,
);

it("evaluates on a cadence, keeps the best, and calls the user's callbacks; the training stays the same", async () => {
  await whole;
  const seen: string[] = [];
  const callback: RunCallback = {
    onRunStart: ({ methods }) => void seen.push(methods.join()),
    onEvaluate: ({ method, step, isBest }) => void seen.push(`${method} ${step} ${isBest}`),
    onRunEnd: ({ kind }) => void seen.push(kind),
  };
  const more = {
    methods: ["value"],
    evaluate: { every: 2, best: "nll" },
    evaluation: { passAt1Rows: 1, maxNewTokens: 4 },
  };
  const { methods } = await run("evaluated", { callbacks: [callback] }, more);
  const lines = readLog(join(folder, "evaluated", "value", "evaluations.jsonl"));
  expect(lines.map(({ step }) => step)).toEqual([2, 4]);
  const classes = ["format", "digits", "words"].flatMap((name) => [`nll/${name}`, `fraction/${name}`]);
  const cheap = ["nll", "accuracy", "bitsPerByte", ...classes, "digitCrossEntropy", "passAt1"];
  expect(Object.keys(lines[0]!["metrics"] as object)).toEqual(cheap);
  expect(seen).toEqual(["value", "value 2 true", expect.stringMatching(/value 4/), "language"]);
  expect(existsSync(join(folder, "evaluated", "value", "checkpoints", "best", String(methods[0]!.best!.step)))).toBe(
    true,
  );
  expect(log("evaluated")).toBe(log("whole"));
}, 300_000);

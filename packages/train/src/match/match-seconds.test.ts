import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { warmupCosine } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import { expect, it } from "vitest";
import { languageWorkload, parseRunConfig } from "../language/index.js";
import type { RunCallback } from "../run-callback.js";
import { runExperiment } from "../run-experiment.js";
import { RunStopped } from "../run-stopped.js";
import { tinyLanguage } from "../testing/tiny-language.js";
import { readMatch } from "./matched-steps.js";
import { secondsOfSteps } from "./step-costs.js";

const folder = mkdtempSync(join(tmpdir(), "match-seconds-"));
const config = parseRunConfig(
  {
    ...tinyLanguage,
    steps: 8,
    pretrainSteps: 0,
    match: "seconds",
    evaluate: { every: 2 },
    learner: { lrWarmupSteps: 1 },
    backend: { threads: 1, compile: false },
  },
  "test",
);
const run = (out: string, options: object = {}) =>
  runExperiment(languageWorkload, config, { out: join(folder, out), ...options });
const metrics = (out: string): string => readFileSync(join(folder, out, "value", "metrics.jsonl"), "utf8");

it("gives the value as many steps as fit into the baseline's seconds, in log, schedule and summary", async () => {
  const summary = await run("measured");
  const value = join(folder, "measured", "value");
  const { steps, seconds, costs, baselineCosts, baselineSteps } = readMatch(value)!;
  expect(existsSync(join(folder, "measured", "baseline", "match.json"))).toBe(false);
  expect(baselineSteps).toBe(8);
  expect(seconds).toBeCloseTo(secondsOfSteps(baselineCosts!, 8), 9);
  expect(secondsOfSteps(costs, steps)).toBeLessThanOrEqual(seconds);
  expect(secondsOfSteps(costs, steps + 1)).toBeGreaterThan(seconds);
  expect(costs.step).toBeGreaterThan(baselineCosts!.step); // it designs, and takes feedback
  expect(readLog(join(value, "metrics.jsonl"))).toHaveLength(steps);
  const [baseline, own] = summary.methods;
  expect(summary).toMatchObject({ match: "seconds", steps: 8 });
  expect([baseline!.steps, own!.steps]).toEqual([8, steps]);
  expect(own!.units / own!.steps).toBeCloseTo(baseline!.units / baseline!.steps, 9);
  const common = 2 * Math.floor(steps / 2);
  if (common > 0) expect(own!.atEqualSteps).toMatchObject({ step: common, quick: true });
}, 300_000);

it("stopped and resumed it takes the same steps, bit for bit", async () => {
  const costs = { burnInSteps: 1, burnInStep: 1, firstUpdate: 1, step: 2 };
  const matched = { steps: 0, seconds: 0, costs, baselineCosts: { ...costs, step: 1, burnInSteps: 0, firstUpdate: 0 } };
  const decided = (out: string): void => {
    mkdirSync(join(folder, out, "value"), { recursive: true });
    writeFileSync(join(folder, out, "value", "match.json"), JSON.stringify(matched));
  };
  decided("whole");
  const { methods } = await run("whole", { resume: true });
  expect(methods[1]!.steps).toBe(4); // 8 s = 1 + 1 + 3 · 2
  const controller = new AbortController();
  const stop: RunCallback = {
    onStep: ({ method, step, steps }) => {
      if (method !== "value") return;
      expect(steps).toBe(4);
      if (step === 1) controller.abort();
    },
  };
  decided("stopped");
  const stopped = run("stopped", { resume: true, signal: controller.signal, callbacks: [stop] });
  await expect(stopped).rejects.toThrow(RunStopped);
  const resumed = await run("stopped", { resume: true });
  expect(metrics("stopped")).toBe(metrics("whole"));
  expect(resumed.methods.map(({ scores }) => scores)).toEqual(methods.map(({ scores }) => scores));
  // The learning rate falls over the method's own steps
  const { learningRate: peak, lrWarmupSteps } = config.learner;
  const rate = warmupCosine({ peak, steps: 4, lrWarmupSteps });
  const rates = readLog(join(folder, "whole", "value", "metrics.jsonl")).map((line) => line["learningRate"]);
  expect(rates).toEqual([0, 1, 2, 3].map(rate));
}, 300_000);

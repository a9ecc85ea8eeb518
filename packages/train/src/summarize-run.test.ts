import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendLog, readLog } from "@vpt/core/run";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sharedConfigSchema } from "./config/shared-config.js";
import { summarizeMethod, summarizeRun } from "./summarize-run.js";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "vpt-summary-"));
  for (const method of ["baseline", "value"]) mkdirSync(join(out, method));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const metric = { name: "nll", label: "NLL", higherIsBetter: false };
const open = { unit: "tokens", model: "tiny", data: { test: 2 }, metrics: [metric], primaryMetric: metric } as never;
const parse = (more: object = {}) => sharedConfigSchema(["baseline", "value"]).parse({ steps: 4, seed: 5, ...more });
const run = (more: object = {}) => ({ kind: "language", backend: "tfjs cpu", config: parse(more), out });
const scores = { metrics: { nll: 1.5 } };
const log = (method: string, name: string, lines: readonly object[]): void =>
  lines.forEach((line, step) => appendLog(join(out, method, `${name}.jsonl`), { step, ...line }));
const row = (method: string, more: object = {}) =>
  summarizeMethod(method, {
    scores,
    plan: { unitsPerStep: 64, step: { value: { updateEvery: 2 } } } as never,
    state: { step: 3, counters: { meta: 3, skippedMeta: 2, skippedStep: 1 } } as never,
    open,
    run: run(more),
  });

describe("summarizeMethod", () => {
  it("sums the seconds of its log, takes their median, and counts units and skipped steps", () => {
    log("value", "timings", [{ seconds: 9, compiled: true }, { seconds: 1 }, { seconds: 2.5, dataSeconds: 0.5 }]);
    expect(row("value")).toEqual({
      method: "value",
      steps: 3,
      seconds: 12.5,
      trainingSeconds: 5, // the compiled update counts as the other one, 2 s
      secondsPerStep: 2.5,
      units: 3 * 64,
      skipped: 3,
      scores,
    });
  });

  it("counts the first feedback batches as match.json has them", () => {
    log("value", "timings", [{ seconds: 9, compiled: true }, { seconds: 1 }, { seconds: 2 }]);
    const costs = { burnInSteps: 0, burnInStep: 1, firstUpdate: 4, step: 1 };
    writeFileSync(join(out, "value", "match.json"), JSON.stringify({ steps: 3, seconds: 3, costs }));
    expect(row("value").trainingSeconds).toBe(2 + 4 + 1 + 2);
  });

  it("has no seconds where there is no log", () => {
    expect(row("value")).toMatchObject({ seconds: 0, trainingSeconds: 0, secondsPerStep: 0 });
  });

  it("names the best evaluation of a metric by its direction, where the run asks for one", () => {
    const values = [2, 1.25, 1.75].map((nll) => ({ metrics: { nll } }));
    log("value", "evaluations", values);
    expect(row("value")).not.toHaveProperty("best");
    expect(row("value", { evaluate: { every: 1, best: "nll" } }).best).toEqual({ step: 1, value: 1.25 });
  });
});

describe("summarizeRun", () => {
  it("says what ran, in which environment, and which share of the time it waited for batches", () => {
    log("baseline", "timings", [{ seconds: 2, dataSeconds: 1 }]);
    log("value", "timings", [{ seconds: 6, dataSeconds: 1 }]);
    const methods = [row("baseline"), row("value")];
    const before = { metrics: { nll: 3 } };
    const summary = summarizeRun(open, run(), before, methods);
    expect(summary).toMatchObject({
      format: 2,
      kind: "language",
      model: "tiny",
      backend: "tfjs cpu",
      seed: 5,
      steps: 4,
      primaryMetric: "nll",
      before,
      methods,
      stall: 0.25,
      environment: expect.any(Object),
    });
    expect(summary).not.toHaveProperty("skippedSamples");
    expect(summary.peakResidentBytes).toBeGreaterThan(1e6);
    expect(Math.abs(Date.parse(summary.finishedAt) - Date.now())).toBeLessThan(60_000);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it("compares at equal steps where the methods have as many seconds each", () => {
    const metricsOf = (nll: number) => ({ quick: true, metrics: { nll } });
    log("baseline", "evaluations", [3, 2, 1].map(metricsOf));
    log("value", "evaluations", [2.5, 1.5].map(metricsOf));
    const methods = [row("value"), row("baseline")];
    const { match, methods: own } = summarizeRun(open, run({ match: "seconds" }), scores, methods);
    expect(match).toBe("seconds");
    const atEqualSteps = { step: 1, quick: true, metrics: { nll: 1.5 }, baseline: { nll: 2 } };
    expect(own).toEqual([{ ...methods[0], atEqualSteps }, methods[1]]);
    expect(summarizeRun(open, run(), scores, methods).methods).toEqual(methods);
  });

  it("is not stalled without a step", () => {
    expect(summarizeRun(open, run(), scores, []).stall).toBe(0);
  });

  it("lists samples that were left out, each of the stream once for all methods, and counts them by set", () => {
    const torn = (name: string) => ({ name, reason: `torn ${name}` });
    log("baseline", "skipped-samples", [torn("a"), torn("b")]);
    log("value", "skipped-samples", [torn("b"), torn("c")]);
    const own = { ...(open as object), skippedSamples: () => ({ labelled: [torn("x")], probe: [] }) } as never;
    const summary = summarizeRun(own, run(), scores, [row("baseline"), row("value")]);
    expect(summary.skippedSamples).toEqual({ unlabeled: 3, labelled: 1 });
    expect(readLog(join(out, "skipped-samples.jsonl"))).toEqual([
      ...["a", "b", "c"].map((name) => ({ step: 0, set: "unlabeled", ...torn(name) })),
      { step: 0, set: "labelled", ...torn("x") },
    ]);
  });
});

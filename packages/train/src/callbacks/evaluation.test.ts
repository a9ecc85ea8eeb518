import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TrainState } from "@vpt/core";
import { appendLog, readLog } from "@vpt/core/run";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EvaluateEvent, StepEvent } from "../run-callback.js";
import { bestEvaluation, evaluation, secondsOf } from "./evaluation.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vpt-evaluation-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, "evaluations.jsonl");
const metrics = [
  { name: "nll", label: "NLL", higherIsBetter: false },
  { name: "accuracy", label: "top-1", higherIsBetter: true },
];
const start = (step: number) => ({ method: "value", folder, state: { step } as TrainState }) as never;
const event = (step: number, seconds = 0.5): StepEvent =>
  ({ method: "value", folder, step, seconds, units: 8, state: { step: step + 1, params: {} } }) as never;

describe("secondsOf", () => {
  it("reads a time in its unit, and no time in a number of steps", () => {
    expect(secondsOf("90s")).toBe(90);
    expect(secondsOf("1.5 min")).toBe(90);
    expect(secondsOf("0.025h")).toBeCloseTo(90, 9);
    expect(secondsOf(90)).toBeUndefined();
  });
});

describe("bestEvaluation", () => {
  beforeEach(() => {
    for (const [i, x] of [0.5, 0.2, 0.2, 0.9].entries())
      appendLog(path(), { step: i + 1, metrics: { x, ...(i === 0 && { only: 3 }), broken: NaN } });
  });

  it("takes the first of equal ones, in the direction asked for", () => {
    expect(bestEvaluation(folder, "x", false)).toEqual({ step: 2, value: 0.2 });
    expect(bestEvaluation(folder, "x", true)).toEqual({ step: 4, value: 0.9 });
  });

  it("passes by evaluations without the metric or with one that is no number", () => {
    expect(bestEvaluation(folder, "only", false)).toEqual({ step: 1, value: 3 });
    expect(bestEvaluation(folder, "broken", false)).toBeUndefined();
    expect(bestEvaluation(join(folder, "absent"), "x", true)).toBeUndefined();
  });
});

describe("evaluation", () => {
  const make = (options: Parameters<typeof evaluation>[0], now?: () => number) => {
    const [labels, events]: [string[], EvaluateEvent[]] = [[], []];
    const open = {
      metrics,
      evaluate: async (_: unknown, { label }: { label: string }) => {
        labels.push(label);
        return { metrics: { nll: 1 / labels.length } };
      },
    };
    return { labels, events, callback: evaluation(options, open, async (each) => void events.push(each), now) };
  };

  it("evaluates every so many steps, and writes units and seconds up to there", async () => {
    const { callback, labels, events } = make({ every: 2, quick: true });
    await callback.onMethodStart!(start(0));
    for (const step of [0, 1, 2, 3, 4]) await callback.onStep!(event(step));
    expect(labels).toEqual(["value at step 2", "value at step 4"]);
    expect(readLog(path())).toEqual([
      { step: 2, units: 16, seconds: 1, quick: true, metrics: { nll: 1 } },
      { step: 4, units: 32, seconds: 2, quick: true, metrics: { nll: 0.5 } },
    ]);
    expect(events.map(({ step, isBest }) => [step, isBest])).toEqual([
      [2, false],
      [4, false],
    ]);
  });

  it("evaluates when the time is up, counted from the evaluation before", async () => {
    let ms = 0;
    const { callback, labels } = make({ every: "5s", quick: false }, () => ms);
    await callback.onMethodStart!(start(0));
    for (const step of [0, 1, 2, 3, 4, 5]) {
      ms += 2000;
      await callback.onStep!(event(step));
    }
    expect(labels).toEqual(["value at step 3", "value at step 6"]);
  });

  it("keeps the evaluation of the checkpoint's own step after a resumption, and goes on with its seconds", async () => {
    for (const step of [2, 4, 6]) appendLog(path(), { step, metrics: {} });
    for (const step of [0, 1, 2, 3]) appendLog(join(folder, "timings.jsonl"), { step, seconds: 3 });
    const { callback, events } = make({ every: 1, quick: true });
    await callback.onMethodStart!(start(4));
    expect(readLog(path()).map(({ step }) => step)).toEqual([2, 4]);
    await callback.onStep!(event(4));
    expect(events[0]).toMatchObject({ step: 5, seconds: 12.5, units: 40 });
  });

  it("names the key, the metric that is none and the ones there are", () => {
    expect(() => make({ every: 1, quick: true, best: "loss" })).toThrow(
      '"evaluate.best": no metric "loss"; expected one of nll, accuracy',
    );
  });
});

import type { StepProbeResult } from "@vpt/core";
import { expect, it } from "vitest";
import { describeSummary, pairsByStep, summarizePairs, summaryHead } from "./probe-summary.js";
import { concludeSmallProbe, planSmallProbe, summarizeSmallProbe, type SmallProbeRow } from "./small-probe.js";

const pair = (predicted: number, realised = predicted) => ({ loss: 1, predicted, realised });
const result = (x: number, more: Partial<StepProbeResult> = {}): StepProbeResult =>
  ({
    gradientNorm: 0.5,
    taken: pair(x, 2 * x),
    rates: [pair(x), pair(3 * x), pair(5 * x)],
    ...more,
  }) as StepProbeResult;

it("keeps kinds of step apart: each rate, short gradients alone, the step taken, the feedback's prediction", () => {
  const results = [result(1), result(2, { gradientNorm: 3 }), result(3, { byFeedback: 7 })];
  const pairs = pairsByStep(results, [0.1, 0.5], 1);
  expect(Object.keys(pairs)).toEqual([
    "SGD 0.1",
    "SGD 0.5",
    "SGD 0.1, norm at most 1",
    "SGD 0.5, norm at most 1",
    "AdamW step",
    "AdamW step, predicted by feedback",
  ]);
  expect(pairs["SGD 0.5"]!.map(({ predicted }) => predicted)).toEqual([3, 6, 9]);
  expect(pairs["SGD 0.1, norm at most 1"]).toHaveLength(2);
  expect(pairs["AdamW step, predicted by feedback"]).toEqual([{ predicted: 7, realised: 6 }]);
});

it("has no row for what never occurred", () => {
  const pairs = pairsByStep([result(1, { gradientNorm: 3 })], [0.1], 1);
  expect(Object.keys(pairs)).toEqual(["SGD 0.1", "AdamW step"]);
});

it("computes r, the slope through the origin, and shares by hand-made numbers", () => {
  const pairs = [
    { predicted: 1, realised: 2 },
    { predicted: 2, realised: 1 },
    { predicted: 3, realised: 4 },
    { predicted: -1, realised: 1 },
  ];
  const { n, r, slope, fell, sameSign, ci95 } = summarizePairs(pairs);
  const [mx, my] = [5 / 4, 2];
  const sum = (of: (x: number, y: number) => number): number =>
    pairs.reduce((total, { predicted: x, realised: y }) => total + of(x - mx, y - my), 0);
  expect(n).toBe(4);
  expect(r).toBeCloseTo(sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y)), 12);
  expect(slope).toBeCloseTo((2 + 2 + 12 - 1) / (1 + 4 + 9 + 1), 12);
  expect([fell, sameSign]).toEqual([1, 0.75]);
  expect(ci95[0]).toBeLessThan(r);
  expect(ci95[1]).toBeGreaterThan(r);
});

it("shows by the trimmed r what one wild step does", () => {
  const calm = Array.from({ length: 99 }, (_, i) => ({ predicted: i, realised: i }));
  const { r, trimmed } = summarizePairs([...calm, { predicted: 0, realised: 5000 }]);
  expect(trimmed).toBeCloseTo(1, 12);
  expect(r).toBeLessThan(0.2);
});

it("writes a row that fits under its head", () => {
  const summary = { n: 4, r: 0.5, ci95: [0.1, 0.9], trimmed: 0.75, slope: 1, fell: 0.5, sameSign: 0.25 } as const;
  const [head, rule] = summaryHead(["method"], ["lowest"]).split("\n");
  const row = describeSummary("value", summary, ["0.1"]);
  expect(row).toBe("| value | 4 | 0.500 | [0.100, 0.900] | 0.750 | 1.00 | 0.50 | 0.25 | 0.1 |");
  const cells = (line: string): number => line.split("|").length;
  expect([cells(head!), cells(rule!)]).toEqual([cells(row), cells(row)]);
});

const rows = (method: string, ...xs: readonly number[]): SmallProbeRow[] =>
  xs.map((x, step) => ({ ...result(x), seed: 200, method, step }));

it("small: pools the methods where there are several, and not where there is one", () => {
  const [value, baseline] = [rows("value", 1, -2, 3, 4), rows("baseline", 2, 1, 5, 3)];
  expect(Object.keys(summarizeSmallProbe(value))).toEqual(["value"]);
  const summary = summarizeSmallProbe([...value, ...baseline]);
  expect(Object.keys(summary)).toEqual(["value", "baseline", "all"]);
  expect(summary["all"]!["AdamW step"]).toMatchObject({ n: 8, r: expect.closeTo(1, 12), slope: 2 });
});

it("small: opens with the pooled r, and says no signal where no feedback was drawn", () => {
  const measured = { study: "probe", scale: "small", machine: "m", backend: "b", minutes: 2 };
  const { text, failures } = concludeSmallProbe({ ...measured, rows: rows("baseline", 1, -2, 3, 4) });
  expect(failures).toEqual([]);
  expect(text).toContain("For AdamW's step, r of the predicted and the realised decrease is 1.000 over 4 steps.");
  expect(text).toMatch(/- baseline: ‖g_pre‖ 0\.50 on average, at most 0\.50; break-even rate/);
  expect(text).toContain("`vpt repro probe --scale small`, seed 200.\n\nM; b; 2.0 minutes.");
});

it("small: plans n from seeds and steps", () => {
  expect(planSmallProbe({ seeds: 3, firstSeed: 7 })).toMatch(/3 seeds from 7, .*n = 120 a method/s);
});

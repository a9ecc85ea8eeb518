import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import {
  bootstrapMean,
  holm,
  mcNemar,
  meanAndError,
  meanOfEstimates,
  normalQuantile,
  pairedBootstrap,
  pairedTInterval,
  signFlipTest,
  studentQuantile,
  wilsonInterval,
} from "./statistics.js";

const golden = numbers.statistics;
const near = (value: number, expected: number, tolerance = 1e-10) =>
  expect(Math.abs(value - expected), `${value} against ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.max(1e-12, Math.abs(expected)),
  );

describe("against SciPy", () => {
  it("Student quantiles", () => {
    for (const [p, degrees, expected] of golden.student as [number, number, number][])
      near(studentQuantile(p, degrees), expected);
    for (const p of [0.5001, 0.6, 0.999, 0.000001]) {
      near(studentQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), 1e-9); // closed forms; SciPy loses digits near 0.5
      near(studentQuantile(p, 2), (2 * (p - 0.5)) / Math.sqrt(2 * p * (1 - p)));
    }
  });

  it("normal quantiles", () => {
    for (const [p, expected] of golden.normal as [number, number][]) near(normalQuantile(p), expected, 1e-8);
  });

  it("Wilson's interval", () => {
    for (const [k, n, low, high] of golden.wilson as [number, number, number, number][]) {
      const interval = wilsonInterval(k, n);
      expect(interval[0]).toBeCloseTo(low, 12);
      expect(interval[1]).toBeCloseTo(high, 12);
    }
    expect(wilsonInterval(290, 1319).map((x) => x.toFixed(4))).toEqual(["0.1983", "0.2430"]);
  });

  it("McNemar's exact p", () => {
    for (const [b, c, p] of golden.mcNemar as [number, number, number][]) near(mcNemar(b, c), p, 1e-9);
  });

  it("the paired t interval and p", () => {
    const { a, b, t, p, low, high } = golden.paired;
    const result = pairedTInterval(a, b);
    near(result.t, t);
    near(result.p, p);
    near(result.ci95[0], low);
    near(result.ci95[1], high);
  });

  it("the exact sign-flip p, ties included", () => {
    for (const [values, p] of golden.signFlip as [number[], number][])
      expect(signFlipTest(values)).toMatchObject({ p, exact: true });
  });
});

describe("laws", () => {
  it("standard error of 0/1 scores is sqrt(p(1-p)/(n-1))", () => {
    const scores = Array.from({ length: 100 }, (_, i) => (i < 22 ? 1 : 0));
    expect(meanAndError(scores).stderr).toBeCloseTo(Math.sqrt((0.22 * 0.78) / 99), 14);
    expect(meanAndError([]).mean).toBeNaN();
    expect(meanAndError([1]).stderr).toBeNaN();
  });

  it("the bootstrap repeats with its seed and comes near the plug-in error", () => {
    const { values, stderr } = golden.bootstrap;
    const first = bootstrapMean(values, { seed: 3 });
    expect(bootstrapMean(values, { seed: 3 })).toEqual(first);
    expect(bootstrapMean(values, { seed: 4 }).stderr).not.toBe(first.stderr);
    expect(Math.abs(first.stderr / stderr - 1)).toBeLessThan(0.03);
    expect(() => bootstrapMean([])).toThrow("number of scores");
  });

  it("a paired bootstrap of equal lists is a point, and lists must be as long as each other", () => {
    expect(pairedBootstrap([1, 0, 1], [1, 0, 1])).toMatchObject({ value: 0, ci95: [0, 0], stderr: 0 });
    expect(() => pairedBootstrap([1], [1, 2])).toThrow("second list");
  });

  it("sampled sign flips come near the exact p", () => {
    const values = golden.signFlip[0]![0] as number[];
    const exact = signFlipTest(values).p;
    const sampled = signFlipTest(values, { exactUpTo: 0, flips: 20_000, seed: 1 });
    expect(sampled.exact).toBe(false);
    expect(Math.abs(sampled.p - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 20_000) + 1e-3);
    expect(signFlipTest([0, 0, 0]).p).toBe(1);
    expect(signFlipTest([0.1, 0.2, 0.3]).p).toBe(0.25);
  });

  it("equal differences give a point interval", () => {
    expect(pairedTInterval([1, 2, 3], [1, 2, 3])).toMatchObject({ value: 0, t: 0, p: 1, ci95: [0, 0] });
    expect(pairedTInterval([2, 3, 4], [1, 2, 3])).toMatchObject({ value: 1, p: 0, ci95: [1, 1] });
    expect(() => pairedTInterval([1], [2])).toThrow("number of pairs");
  });

  it("a mean of shares has the error of their sum, and an interval within 0 and 1", () => {
    const share = (value: number, stderr: number) => ({ value, stderr, ci95: [0, 1] as const, method: "" });
    const { value, stderr, ci95 } = meanOfEstimates([share(0.2, 0.03), share(0.6, 0.04), share(0.1, 0)]);
    near(value, 0.3);
    near(stderr, 0.05 / 3);
    ci95.forEach((bound, i) => near(bound, 0.3 + [-1, 1][i]! * normalQuantile(0.975) * (0.05 / 3), 1e-7));
    expect(meanOfEstimates([share(0.99, 0.1)]).ci95[1]).toBe(1);
    expect(() => meanOfEstimates([])).toThrow("meanOfEstimates");
  });

  it("Holm's adjustment is monotone, keeps the order given and stops at 1", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.6, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  it("refuses what no distribution has", () => {
    expect(() => studentQuantile(1, 3)).toThrow("inside (0, 1)");
    expect(() => studentQuantile(0.9, 0)).toThrow("positive");
    expect(() => wilsonInterval(3, 2)).toThrow("from 0 to 2");
    expect(() => wilsonInterval(0, 0)).toThrow("wilsonInterval: n");
  });
});

import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import { countSamples, meanPassAtK, passAtK, passAtKCurve } from "./pass-at-k.js";

describe("passAtK", () => {
  it("equals the published estimator", () => {
    for (const [n, c, k, expected] of numbers.passAtK as [number, number, number, number][]) {
      expect(passAtK(n, c, k)).toBeCloseTo(expected, 12);
    }
  });

  it("is c/n for k = 1, and exactly 1 when no k samples are all wrong", () => {
    expect(passAtK(10, 3, 1)).toBeCloseTo(0.3, 14);
    expect(passAtK(10, 3, 8)).toBe(1);
    expect(passAtK(10, 0, 10)).toBe(0);
  });

  it.each([
    [4, 1, 5],
    [4, 1, 0],
    [4, 5, 1],
    [4, -1, 1],
    [0, 0, 1],
    [4, 1.5, 1],
    [4, NaN, 1],
  ])("refuses n %s, c %s, k %s", (n, c, k) =>
    expect(() => passAtK(n, c, k)).toThrow(/passAtK: .* expected an integer/),
  );

  it("averages over problems and marks degenerate points", () => {
    const problems = [
      { n: 4, c: 1 },
      { n: 8, c: 8 },
    ];
    expect(meanPassAtK(problems, 2)).toBe(0.75);
    expect(meanPassAtK([], 1)).toBeNaN();
    expect(passAtKCurve(problems, [1, 4]).map(({ degenerate }) => degenerate)).toEqual([false, true]);
  });

  it("counts samples of a record", () => {
    const samples = ["a#0", "b#0", "a#1"].map((id, i) => ({ id, correct: i !== 1 }));
    expect(countSamples(samples)).toEqual([
      { id: "a", n: 2, c: 2 },
      { id: "b", n: 1, c: 0 },
    ]);
  });
});

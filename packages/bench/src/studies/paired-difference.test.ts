import { expect, it } from "vitest";
import { describeDifference, meanOf, pairedDifference } from "./paired-difference.js";

it("is the mean of the differences with Student's interval", () => {
  const { mean, ci95 } = pairedDifference([3, 5, 4], [1, 2, 3]); // 2, 3 and 1: mean 2, deviation 1
  const half = 4.30265273 / Math.sqrt(3); // t(0.975, 2)·s/√3
  expect(mean).toBeCloseTo(2, 12);
  expect(ci95![0]).toBeCloseTo(2 - half, 6);
  expect(ci95![1]).toBeCloseTo(2 + half, 6);
});

it("changes its sign with the order of the methods", () => {
  const [a, b] = [
    [1, 4, 2.5],
    [0.5, 5, 1],
  ];
  const [there, back] = [pairedDifference(a, b), pairedDifference(b, a)];
  expect(back.mean).toBeCloseTo(-there.mean, 12);
  expect(back.ci95![0]).toBeCloseTo(-there.ci95![1], 12);
});

it("pairs: what both methods share by seed is no part of the interval", () => {
  const { ci95 } = pairedDifference([101, 202, 303], [100, 201, 302]);
  expect(ci95).toEqual([1, 1]);
});

it("has no interval for one seed", () => {
  expect(pairedDifference([2], [1.5])).toEqual({ mean: 0.5, ci95: null });
});

it("writes signs with the typographic minus, and as many digits as are asked for", () => {
  expect(describeDifference({ mean: -0.1234, ci95: [-0.15, 0.0004] })).toBe("−0.123 [−0.150, +0.000]");
  expect(describeDifference({ mean: 0.5, ci95: null }, 1)).toBe("+0.5");
  expect(describeDifference({ mean: 0, ci95: [0, 0] }, 4)).toBe("+0.0000 [+0.0000, +0.0000]");
});

it("takes the mean of a column", () => {
  expect(meanOf([1, 2, 6])).toBe(3);
  expect(meanOf([])).toBeNaN();
});

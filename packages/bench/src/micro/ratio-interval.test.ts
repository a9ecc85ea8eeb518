import { expect, it } from "vitest";
import { describeInterval, meanInterval, ratioInterval } from "./ratio-interval.js";

it("gives Student's interval of a mean", () => {
  const { mean, ci95 } = meanInterval([1, 2, 3]);
  expect(mean).toBe(2);
  const half = (4.302_653 * 1) / Math.sqrt(3); // t of 2 degrees, s = 1
  expect(ci95![0]).toBeCloseTo(2 - half, 5);
  expect(ci95![1]).toBeCloseTo(2 + half, 5);
});

it("takes ratios round by round: a machine that slows down by rounds does not widen the interval", () => {
  const baseline = [10, 20, 5, 40];
  const { mean, ci95 } = ratioInterval(
    baseline.map((x) => 1.08 * x),
    baseline,
  );
  expect(mean).toBeCloseTo(1.08, 12);
  expect(ci95![0]).toBeCloseTo(1.08, 9);
  expect(ci95![1]).toBeCloseTo(1.08, 9);
});

it("is symmetric: the inverse ratio has the inverse interval", () => {
  const [a, b] = [
    [3, 4, 7, 9],
    [2, 5, 5, 8],
  ];
  const [there, back] = [ratioInterval(a, b), ratioInterval(b, a)];
  expect(there.mean * back.mean).toBeCloseTo(1, 12);
  expect(there.ci95![0] * back.ci95![1]).toBeCloseTo(1, 9);
});

it("has no interval for one round", () => {
  expect(ratioInterval([3], [2])).toEqual({ mean: expect.closeTo(1.5, 12), ci95: null });
  expect(describeInterval({ mean: 1.5, ci95: null })).toBe("1.500");
  expect(describeInterval({ mean: 1.0349, ci95: [1.02, 1.05] })).toBe("1.035 [1.020, 1.050]");
});

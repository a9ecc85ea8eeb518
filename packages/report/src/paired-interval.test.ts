import { expect, it } from "vitest";
import { pairedInterval } from "./paired-interval.js";

it("holds the mean of the differences, and is the same at every call", () => {
  const [a, b] = [
    [1, 2, 3, 4, 5],
    [1.5, 2.1, 3.3, 4.2, 5.4],
  ];
  const { mean, low, high } = pairedInterval(a, b);
  expect(mean).toBeCloseTo(-0.3, 12);
  expect(low).toBeLessThan(mean);
  expect(high).toBeGreaterThan(mean);
  expect(pairedInterval(a, b)).toEqual({ mean, low, high });
});

it("is a point when all differences are equal", () => {
  const { mean, low, high } = pairedInterval([2, 3, 4], [1, 2, 3]);
  expect([mean, low, high]).toEqual([1, 1, 1]);
});

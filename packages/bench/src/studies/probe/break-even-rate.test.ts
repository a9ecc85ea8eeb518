import { expect, it } from "vitest";
import { breakEvenRate } from "./break-even-rate.js";

it("on a parabola is the rate at which nothing is gained", () => {
  const rate = 0.01;
  const pairs = [
    { value: 0.2, curvature: 4 },
    { value: -0.3, curvature: 5 },
    { value: 0.1, curvature: 10 },
  ].map(({ value, curvature }) => ({
    loss: 1,
    predicted: rate * value,
    realised: rate * value - (rate ** 2 * curvature) / 2,
  }));
  expect(breakEvenRate(pairs, rate)).toBeCloseTo((2 * 0.2) / 4, 9); // of 0.1, 0.12 and 0.02
});

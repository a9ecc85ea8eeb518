import { expect, it } from "vitest";
import { randomFromSeed } from "@vpt/contracts";
import { stepBound } from "./step-bound.js";

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
/** `½ θᵀHθ` with H diagonal: smoothness is its largest entry. */
const bend = [5, 2, 0.5, 0.1];
const loss = (theta: readonly number[]): number =>
  dot(
    theta,
    theta.map((x, i) => x * bend[i]!),
  ) / 2;

const stepFrom = (theta: readonly number[], pretraining: readonly number[], learningRate: number) => ({
  learningRate,
  value: dot(
    theta.map((x, i) => x * bend[i]!),
    pretraining,
  ),
  gradientNorm: Math.sqrt(dot(pretraining, pretraining)),
  realised: loss(theta) - loss(theta.map((x, i) => x - learningRate * pretraining[i]!)),
  smoothness: 5,
});

it("holds on every draw of a quadratic, whatever the step size", () => {
  const random = randomFromSeed(0, "bound");
  const draw = (): number[] => bend.map(() => random.normal());
  for (let i = 0; i < 500; i++) {
    const step = stepFrom(draw(), draw(), 2 * random.uniform() + 1e-3);
    const { guaranteed, curvature } = stepBound(step);
    expect(step.realised).toBeGreaterThanOrEqual(guaranteed - 1e-9);
    expect(curvature).toBeLessThanOrEqual(5 + 1e-6); // a Rayleigh quotient
    expect(curvature).toBeGreaterThanOrEqual(0.1 - 1e-6);
  }
});

it("is tight along the top eigenvector", () => {
  const step = stepFrom([1, 2, 3, 4], [1, 0, 0, 0], 0.1);
  expect(stepBound(step).guaranteed).toBeCloseTo(step.realised, 12);
  expect(stepBound(step).curvature).toBeCloseTo(5, 9);
});

it("promises nothing from the largest rate on, and most at half of it", () => {
  const at = (learningRate: number) => stepBound(stepFrom([1, 2, 3, 4], [1, 1, 0, 0], learningRate));
  const { largestRate } = at(0.01);
  expect(at(largestRate).guaranteed).toBeCloseTo(0, 9);
  expect(at(largestRate / 2).guaranteed).toBeGreaterThan(at(largestRate * 0.45).guaranteed);
  expect(at(largestRate / 2).guaranteed).toBeGreaterThan(at(largestRate * 0.55).guaranteed);
});

it("has no range where the value is negative, all of it where the loss is not convex; refuses no step at all", () => {
  const step = { learningRate: 0.1, value: -1, gradientNorm: 1, realised: 0 };
  expect(stepBound(step).largestRate).toBe(0);
  expect(stepBound({ ...step, value: 1, realised: 0.2 }).largestRate).toBe(Infinity);
  expect(() => stepBound({ ...step, gradientNorm: 0 })).toThrow(/expected a positive learning rate and gradient norm/);
});

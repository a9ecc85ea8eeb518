import { expect, it } from "vitest";
import { randomFromSeed } from "@vpt/contracts";
import { estimatorBias } from "./estimator-bias.js";

// Rows x with losses ½(θ·x − 1)² downstream and ½(θ·x − 2)² in pretraining, batches of 4 out of 64.
const random = randomFromSeed(0, "lemma");
const theta = [0.5, -0.3, 0.8];
const rows = Array.from({ length: 64 }, () => theta.map(() => random.normal()));
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const gradient = (batch: readonly (readonly number[])[], target: number): number[] =>
  theta.map((_, i) => batch.reduce((sum, x) => sum + (dot(theta, x) - target) * x[i]!, 0) / batch.length);
const exact = dot(gradient(rows, 1), gradient(rows, 2));
const batch = (): number[][] => Array.from({ length: 4 }, () => rows[random.integer(64)]!);

it("lemma 3.3: independent batches are unbiased, one batch for both is not", () => {
  const apart = Array.from({ length: 5_000 }, () => dot(gradient(batch(), 1), gradient(batch(), 2)));
  const shared = Array.from({ length: 5_000 }, () => {
    const both = batch();
    return dot(gradient(both, 1), gradient(both, 2));
  });
  expect(Math.abs(estimatorBias(apart, exact).deviations)).toBeLessThan(3);
  expect(estimatorBias(shared, exact).deviations).toBeGreaterThan(5);
});

it("is mean and standard error as by hand; refuses a single draw", () => {
  const { mean, standardError, deviations } = estimatorBias([1, 2, 3], 1);
  expect(mean).toBe(2);
  expect(standardError).toBeCloseTo(1 / Math.sqrt(3), 12);
  expect(deviations).toBeCloseTo(Math.sqrt(3), 12);
  expect(() => estimatorBias([1], 1)).toThrow(/two or more draws/);
});

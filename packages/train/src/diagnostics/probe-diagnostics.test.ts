import type { StepProbeResult } from "@vpt/core";
import { expect, it } from "vitest";
import { probeDiagnostics } from "./probe-diagnostics.js";
import type { StepDiagnostics } from "./step-diagnostics.js";

// Downstream ½Σ h_i θ_i², learner ½‖θ − φ‖²: by hand, V = Σ h_i θ_i g_i, and a step of η loses ½η²Σ h_i g_i².
const h = [1, 3, 8];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const rates = [0.2, 0.1, 0.05];
const probed = (theta: readonly number[], phi: readonly number[]) => {
  const g = theta.map((x, i) => x - phi[i]!);
  const down = theta.map((x, i) => h[i]! * x);
  const bend = dot(
    g,
    g.map((x, i) => h[i]! * x),
  );
  const loss = dot(theta, down) / 2;
  const pair = (rate: number) => ({
    loss,
    predicted: rate * dot(down, g),
    realised: rate * dot(down, g) - (rate ** 2 / 2) * bend,
  });
  const result: StepProbeResult = { taken: pair(0.3), rates: rates.map(pair), gradientNorm: Math.sqrt(dot(g, g)) };
  return { result, value: dot(down, g), bend: bend / dot(g, g), squared: dot(g, g) };
};
const batches = [
  probed([1, 1, 0.2], [0, 0.5, 0.4]),
  probed([1, 1, 0.2], [0.2, 0.1, -0.5]),
  probed([1, 1, 0.2], [0.5, 0, 0.1]),
];
const results = batches.map(({ result }) => result);
const steps: StepDiagnostics[] = results.map(({ taken }) => ({ predictedDecrease: taken.predicted / 2 }));

it("theorem 3.1: L is the largest Rayleigh quotient met, and the bound that of the batches before", () => {
  const { smoothness, points, held, largestRate } = probeDiagnostics(results, rates, steps).stepBound!;
  const quotients = batches.map(({ bend }) => bend);
  expect(smoothness).toBeCloseTo(Math.max(...quotients), 9);
  expect(smoothness).toBeLessThanOrEqual(8);
  expect(points).toHaveLength(2 * rates.length); // none of the first batch
  const [first] = points;
  const { value, squared } = batches[1]!;
  expect(first!.guaranteed).toBeCloseTo(0.2 * value - (quotients[0]! / 2) * 0.2 ** 2 * squared, 9);
  // batch 1 bends more than batch 0, batch 2 less than batch 1
  expect([quotients[1]! > quotients[0]!, quotients[2]! < quotients[1]!]).toEqual([true, true]);
  expect(held).toBe(0.5);
  const reaches = batches.map((batch) => (2 * batch.value) / (smoothness * batch.squared)).sort((a, b) => a - b);
  expect(largestRate).toBeCloseTo(reaches[1]!, 9);
});

it("proposition 3.2: the remainder of a quadratic is of order 2", () => {
  const { order, quartiles, n, points } = probeDiagnostics(results, rates, steps).remainder!;
  expect([order, ...quartiles]).toEqual([2, 2, 2].map((x) => expect.closeTo(x, 9) as number));
  expect(n).toBe(3);
  const remainders = batches.map(({ bend, squared }) => (0.1 ** 2 / 2) * bend * squared).sort((a, b) => a - b);
  expect(points[1]).toEqual({ rate: 0.1, remainder: expect.closeTo(remainders[1]!, 12) });
});

it("leaves remainders out that are within the rounding of the loss", () => {
  const flat = results.map((result) => ({
    ...result,
    rates: result.rates.map(({ loss, predicted }) => ({ loss, predicted, realised: predicted + 1e-9 })),
  }));
  const { remainder, stepBound } = probeDiagnostics(flat, rates, steps);
  expect(remainder).toBeUndefined();
  expect(stepBound).toBeUndefined();
});

it("equation 35: pairs of the step taken, their slope and r", () => {
  const { over, pairs, slope, r } = probeDiagnostics(results, rates, steps).stepTaken;
  expect(over).toBe("trained");
  expect(pairs.map(({ realised }) => realised)).toEqual(results.map(({ taken }) => taken.realised));
  const [x, y] = [pairs.map(({ predicted }) => predicted), pairs.map(({ realised }) => realised)];
  expect(slope).toBeCloseTo(dot(x, y) / dot(x, x), 12);
  expect(Math.abs(r)).toBeLessThanOrEqual(1);
});

it("lemma 3.3 and equation 20: passes on the draws with their z-score, and the gaps", () => {
  const gap = { value: 3, subsetValue: 2, bound: 4, downstreamShare: 0.5, pretrainingShare: 0.4 };
  const drawn = { draws: [1, 2, 3, 6], exact: 2 };
  const withGaps = steps.map((step) => ({ ...step, gap }));
  const { estimator, subset, stepTaken } = probeDiagnostics(results, rates, withGaps, drawn);
  // mean 3, s² = (4 + 1 + 0 + 9)/3
  expect(estimator).toMatchObject({ mean: 3, exact: 2, draws: drawn.draws });
  expect(estimator!.deviations).toBeCloseTo(1 / Math.sqrt(14 / 3 / 4), 12);
  expect(estimator).not.toHaveProperty("sameRows");
  const both = probeDiagnostics(results, rates, steps, { ...drawn, sameRows: [1, 3, 2, 2] }).estimator!;
  expect(both.sameRows).toMatchObject({ mean: 2, deviations: 0, draws: [1, 3, 2, 2] });
  expect(both.mean).toBe(3);
  expect(subset).toEqual([gap, gap, gap]);
  expect(stepTaken.over).toBe("aligned");
  expect(probeDiagnostics(results, rates, steps)).not.toHaveProperty("subset");
});

import { expect, it } from "vitest";
import { mixtureGain, stepGain, type GradientKind } from "./step-gain.js";

type Vector = readonly [number, number];
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1];
const down: Vector = [2, -1];
const labels: readonly Vector[] = [
  [1, 3],
  [-2, 0.5],
  [0.5, 1],
];
const steering: readonly Vector[] = [
  [1, 0.1],
  [0.8, 0],
  [1.2, -0.3],
];
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
const meanVector = (of: readonly Vector[]): Vector => [mean(of.map(([x]) => x)), mean(of.map(([, y]) => y))];

/** A kind from its vectors. */
const kindOf = (of: readonly Vector[]): GradientKind => ({
  square: mean(of.map((a) => dot(a, a))),
  meanSquare: dot(meanVector(of), meanVector(of)),
  withLabels: mean(of.map((a, i) => dot(a, labels[i]!))),
  gain: dot(down, meanVector(of)),
});

it("a mixture is what its vectors give, mixed batch by batch", () => {
  for (const gate of [0, 0.3, 0.5, 1]) {
    const mixed = labels.map((a, i): Vector => [
      (1 - gate) * a[0] + gate * steering[i]![0],
      (1 - gate) * a[1] + gate * steering[i]![1],
    ]);
    const direct = stepGain(kindOf(mixed)).perStep;
    expect(mixtureGain(kindOf(labels), kindOf(steering), gate)).toBeCloseTo(direct, 12);
  }
});

it("what repeats is 1 for equal batches, and less the more they differ", () => {
  expect(
    stepGain(
      kindOf([
        [1, 2],
        [1, 2],
      ]),
    ).repeats,
  ).toBeCloseTo(1, 12);
  expect(
    stepGain(
      kindOf([
        [1, 2],
        [-1, -2],
      ]),
    ).repeats,
  ).toBe(0);
  expect(stepGain(kindOf(steering)).repeats).toBeGreaterThan(stepGain(kindOf(labels)).repeats);
});

import { randomFromSeed } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { designerCorrelation } from "./designer-correlation.js";
import { designerEfficiency } from "./designer-efficiency.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

type Rows = readonly (readonly number[])[];
const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const softmax = (xs: readonly number[]): number[] => {
  const exp = xs.map((x) => Math.exp(x - Math.max(...xs)));
  return exp.map((x) => x / sum(exp));
};

/** Rows of c, p and r, and the weights; the last position does not count. */
interface Case {
  readonly c: Rows;
  readonly p: Rows;
  readonly r: Rows;
  readonly w: readonly number[];
}
const { normal } = randomFromSeed(4, "designer measures");
const normals = (scale: number): Rows => [0, 1, 2, 3].map(() => [0, 1, 2, 3, 4].map(() => scale * normal()));
const w = [0.5, 0.3, 0.2, 0];
const p = normals(2).map(softmax);
const tilted = (c: Rows, klWeight: number): Rows =>
  c.map((row, n) => softmax(row.map((x, k) => Math.log(p[n]![k]!) + x / klWeight)));

/** J of the definition, in float64. */
const objective = ({ c, p, w }: Case, r: Rows, klWeight: number): number =>
  sum(
    w.map((weight, n) => {
      const kl = sum(r[n]!.map((x, k) => (x === 0 ? 0 : x * Math.log(x / p[n]![k]!))));
      return weight * (sum(r[n]!.map((x, k) => x * c[n]![k]!)) - klWeight * kl);
    }),
  );
const efficiencyOf = (given: Case, klWeight: number): number => {
  const best = klWeight === 0 ? given.c.map((row) => row.map((x) => Number(x === Math.max(...row)))) : undefined;
  const [reached, prior, top] = [given.r, given.p, best ?? tilted(given.c, klWeight)].map((r) =>
    objective(given, r, klWeight),
  ) as [number, number, number];
  return (reached - prior) / (top - prior);
};
const correlationOf = ({ c, p, r, w }: Case): number => {
  const centred = (rows: Rows): Rows =>
    rows.map((row, n) => {
      const mean = sum(row.map((x, k) => p[n]![k]! * x));
      return row.map((x) => x - mean);
    });
  const [a, b] = [centred(r.map((row, n) => row.map((x, k) => Math.log(x / p[n]![k]!)))), centred(c)];
  const inner = (x: Rows, y: Rows): number =>
    sum(x.map((row, n) => w[n]! * sum(row.map((_, k) => p[n]![k]! * row[k]! * y[n]![k]!))));
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b));
};

const tensors = ({ c, p, r, w }: Case) => ({
  cotangent_NK: tf.tensor2d(c.map((row, n) => row.map((x) => w[n]! * x))),
  proposal_NK: tf.tensor2d(r.map((row) => [...row])),
  logPrior_NK: tf.tensor2d(p.map((row) => row.map(Math.log))),
  weight_N: tf.tensor1d([...w]),
});
const efficiency = (given: Case, klWeight: number): number =>
  tf.tidy(() => designerEfficiency(tensors(given), klWeight).dataSync()[0]!);
const correlation = (given: Case): number => tf.tidy(() => designerCorrelation(tensors(given)).dataSync()[0]!);

describe("designerEfficiency", () => {
  it.each([
    [1, 1],
    [0.3, 2],
    [2, 0.1],
    [1e-3, 1],
    [0, 1],
  ])("is (J(r) − J(p))/(J* − J(p)) in float64, with a price of %d and c of size %d", (klWeight, size) => {
    for (let draw = 0; draw < 5; draw++) {
      const given = { c: normals(size), p, r: normals(1).map(softmax), w };
      const expected = efficiencyOf(given, klWeight);
      expect(Math.abs(efficiency(given, klWeight) - expected)).toBeLessThan(2e-5 * (1 + Math.abs(expected)));
    }
  });

  it.each([3, 1e-1, 1e-3, 4e-4])(
    "is 1 for the tilt, 0 for the prior, below 0 for the other way, at c of %d",
    (size) => {
      const c = normals(size);
      const of = (r: Rows): number => efficiency({ c, p, r, w }, 1);
      expect(of(tilted(c, 1))).toBeCloseTo(1, 2); // 4e-4 is what a preconditioned random direction gives a real model
      expect(of(p)).toBeCloseTo(0, 2);
      expect(of(tilted(c, -1))).toBeLessThan(-1);
      const half = { c, p, r: tilted(c, 2), w }; // half the tilt earns about ¾ of a quadratic
      expect(of(half.r)).toBeCloseTo(efficiencyOf(half, 1), 2);
      if (size < 0.01) expect(of(half.r)).toBeCloseTo(0.75, 2);
    },
  );

  it("counts a proposal that leaves out candidates, and is 0 where nothing can be gained", () => {
    const one = { c: normals(1), p, r: p.map((row) => row.map((_, k) => Number(k === 0))), w };
    expect(efficiency(one, 1)).toBeCloseTo(efficiencyOf(one, 1), 3);
    const flat = { ...one, c: p.map((row) => row.map(() => 0)) };
    expect(efficiency({ ...flat, r: p }, 1)).toBe(0);
  });

  it("leaves one tensor", () => {
    const given = tensors({ c: normals(1), p, r: p, w });
    const before = tf.memory().numTensors;
    const made = [designerEfficiency(given, 1), designerCorrelation(given)];
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([made, given]);
  });
});

describe("designerCorrelation", () => {
  it("is the weighted correlation within rows, in float64", () => {
    for (let draw = 0; draw < 5; draw++) {
      const given = { c: normals(0.5), p, r: normals(1).map(softmax), w };
      expect(correlation(given)).toBeCloseTo(correlationOf(given), 4);
      const shifted = given.c.map((row, n) => row.map((x) => x + n)); // a constant of a row moves no mass
      expect(correlation({ ...given, c: shifted })).toBeCloseTo(correlationOf(given), 4);
    }
  });

  it("is 1 for a tilt of any strength, −1 for its opposite, 0 for the prior", () => {
    const c = normals(0.5);
    for (const klWeight of [0.5, 1, 20]) expect(correlation({ c, p, r: tilted(c, klWeight), w })).toBeCloseTo(1, 4);
    expect(correlation({ c, p, r: tilted(c, -1), w })).toBeCloseTo(-1, 4);
    expect(Math.abs(correlation({ c: p.map((row) => row.map(() => 1)), p, r: tilted(c, 1), w }))).toBeLessThan(1e-3);
  });
});

import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { collate } from "../language-batch.js";
import { at, listOf, logSoftmax, rowsOf, softmax, sum } from "../testing/numbers.js";
import { describeTarget, interpolateWithOneHot, klPerRow } from "./interpolate-with-one-hot.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const random = randomFromSeed(0, "mix");
const scores = Array.from({ length: 4 }, () => Array.from({ length: 3 }, () => 2 * random.normal()));
const proposal = scores.map(softmax);
const gates = [0, 0.25, 0.9, 1];

describe("interpolateWithOneHot", () => {
  it("is (1 − α)·onehot + α·r, rows that sum to 1", () => {
    const { probs_NK } = interpolateWithOneHot(tf.tensor2d(proposal), tf.tensor1d(gates));
    rowsOf(probs_NK).forEach((q, n) => {
      q.forEach((x, k) => expect(x).toBeCloseTo((k === 0 ? 1 - gates[n]! : 0) + gates[n]! * proposal[n]![k]!, 6));
      expect(sum(q)).toBeCloseTo(1, 6);
    });
  });

  it("is the one-hot exactly where the gate is 0", () => {
    const { probs_NK } = interpolateWithOneHot(tf.tensor2d(proposal), tf.zeros([4]));
    expect(rowsOf(probs_NK)).toEqual(proposal.map(() => [1, 0, 0]));
  });
});

describe("klPerRow", () => {
  it("is KL(r ‖ p) in float64", () => {
    const prior = scores.map((row) => logSoftmax(row.map((x) => -x / 2)));
    listOf(klPerRow(tf.tensor2d(proposal), tf.tensor2d(prior))).forEach((x, n) => {
      const expected = sum(proposal[n]!.map((r, k) => r * (Math.log(r) - prior[n]![k]!)));
      expect(x).toBeCloseTo(expected, 5);
    });
  });

  it("is 0 between equals and finite for a proposal of probability 0", () => {
    const same = klPerRow(tf.tensor2d(proposal), tf.tensor2d(proposal).log());
    for (const x of listOf(same)) expect(Math.abs(x)).toBeLessThan(1e-6);
    expect(at(klPerRow(tf.tensor2d([[1, 0]]), tf.tensor2d([[Math.log(0.25), Math.log(0.75)]])))).toBeCloseTo(
      Math.log(4),
      6,
    );
  });
});

describe("describeTarget", () => {
  const batch = {
    ...collate([{ ids: new Int32Array(4), labels: new Int32Array(4), lossMask: new Uint8Array(4) }], {
      padToMultiple: 4,
    }),
    weight_N: tf.tensor1d([0, 0.5, 0.5, 0]),
  };
  beforeAll(() => void tf.keep(batch.weight_N));

  it("is the weighted mean over counted positions; padding does not show", () => {
    const target = interpolateWithOneHot(tf.tensor2d(proposal), tf.tensor1d(gates));
    const told = Object.fromEntries(Object.entries(describeTarget(target, batch)).map(([name, x]) => [name, at(x)]));
    const entropy = (row: readonly number[]): number => -sum(row.map((r) => r * Math.log(r)));
    expect(told["gate"]).toBeCloseTo((0.25 + 0.9) / 2, 6);
    expect([told["gateLow"], told["gateHigh"]]).toEqual([0.25, Math.fround(0.9)]);
    expect(told["proposalEntropy"]).toBeCloseTo((entropy(proposal[1]!) + entropy(proposal[2]!)) / 2, 5);
    expect(told["proposalTruth"]).toBeCloseTo((proposal[1]![0]! + proposal[2]![0]!) / 2, 6);
  });

  it("has nothing to say about a task without a gate", () => {
    expect(describeTarget({ probs_NK: tf.ones([4, 1]) }, batch)).toEqual({});
  });
});

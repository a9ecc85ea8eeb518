import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { dropoutKeys, dropoutMask } from "./dropout.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

/** The definition in whole numbers of any size. */
const byHand = (keys: number[][], columns: number[], rate: number): number[][] =>
  keys.map(([a, b]) =>
    columns.map((k) => {
      const limit = BigInt(Math.round(rate * dropoutKeys));
      const hash = (BigInt(a!) + BigInt(b!) * BigInt(k)) % BigInt(dropoutKeys);
      return hash < limit ? 0 : dropoutKeys / (dropoutKeys - Number(limit));
    }),
  );
let state = 1;
/** Lehmer's generator. */
const uniform = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
const draws = (count: number): number[] => Array.from({ length: count }, () => Math.floor(uniform() * dropoutKeys));
const maskOf = (keys: number[][], columns: number[], rate: number) =>
  dropoutMask(tf.tensor2d(keys, undefined, "int32"), tf.tensor1d(columns, "int32"), rate);

describe("dropoutMask", () => {
  it("is its definition, at the largest keys too", () => {
    const keys = [[dropoutKeys - 1, dropoutKeys - 1], [0, 0], ...Array.from({ length: 20 }, () => draws(2))];
    const columns = [dropoutKeys - 1, 0, 1, ...draws(30)];
    for (const rate of [0, 0.05, 0.5]) {
      const received = maskOf(keys, columns, rate).arraySync();
      const expected = byHand(keys, columns, rate);
      received.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!, 6)));
    }
  });

  it("drops the rate's share, two entries of a row independently", () => {
    const rate = 0.3;
    const rows = 40_000;
    const keys = Array.from({ length: rows }, () => draws(2));
    const mask = maskOf(keys, [5, 11, 30_000], rate);
    const dropped = tf.cast(tf.equal(mask, 0), "float32") as tf.Tensor2D;
    const standardError = Math.sqrt((rate * (1 - rate)) / rows);
    for (const share of dropped.mean(0).arraySync() as number[])
      expect(Math.abs(share - rate)).toBeLessThan(5 * standardError);
    const both = tf.matMul(dropped, dropped, true).div(rows).arraySync() as number[][];
    for (const [i, j] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const)
      expect(Math.abs(both[i]![j]! - rate * rate)).toBeLessThan(5 * standardError);
  });

  it("leaves no tensor behind", () => {
    const [keys, columns] = [tf.tensor2d([[1, 2]], [1, 2], "int32"), tf.tensor1d([3], "int32")];
    const before = tf.memory().numTensors;
    dropoutMask(keys, columns, 0.1).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

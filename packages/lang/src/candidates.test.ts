import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import { candidateIds } from "./candidates.js";
import { rowsOf } from "./testing/numbers.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const random = randomFromSeed(0, "candidates");
const [rows, vocabulary] = [40, 12];
const logits = Array.from({ length: rows }, () => Array.from({ length: vocabulary }, random.normal));
const next = Array.from({ length: rows }, () => random.integer(vocabulary));

/** y, then the best others by sorting. */
const expected = (count: number, size = vocabulary): number[][] =>
  logits.map((row, n) => {
    const order = [...row.keys()].filter((id) => id < size && id !== next[n]).sort((a, b) => row[b]! - row[a]!);
    return [next[n]!, ...order.slice(0, count - 1)];
  });
const chosen = (count: number, vocabularySize?: number): number[][] =>
  tf.tidy(() =>
    rowsOf(
      candidateIds(tf.tensor2d(logits), tf.tensor1d(next, "int32"), {
        count,
        ...(vocabularySize !== undefined && { vocabularySize }),
      }),
    ),
  );

describe("candidateIds", () => {
  it.each([1, 2, 3, 5, 11, 12])("are y and the best others, for %i of them", (count) => {
    expect(chosen(count)).toEqual(expected(count));
    for (const row of chosen(count)) expect(new Set(row).size).toBe(count);
  });

  it("covers y first, in the middle, last and outside of the top K", () => {
    const ranks = logits.map((row, n) => row.filter((x) => x > row[next[n]!]!).length);
    for (const rank of [0, 2, 4, 5, 11]) expect(ranks).toContain(rank); // for K = 5
  });

  it("never takes a padding row of the head, even the best", () => {
    const padded = logits.map((row) => row.map((x, id) => (id >= 9 ? x + 100 : x)));
    const real = next.map((id) => id % 9);
    const ids = tf.tidy(() =>
      rowsOf(candidateIds(tf.tensor2d(padded), tf.tensor1d(real, "int32"), { count: 9, vocabularySize: 9 })),
    );
    for (const row of ids) expect([...row].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("are int32, and all that is left behind", () => {
    const [logits_NV, labels_N] = [tf.tensor2d(logits), tf.tensor1d(next, "int32")];
    for (const count of [1, 4]) {
      const before = tf.memory().numTensors;
      const ids_NK = candidateIds(logits_NV, labels_N, { count });
      expect([ids_NK.dtype, ids_NK.shape, tf.memory().numTensors]).toEqual(["int32", [rows, count], before + 1]);
      ids_NK.dispose();
    }
  });

  it("refuses more candidates than the vocabulary has, and none", () => {
    expect(() => chosen(vocabulary + 1)).toThrow(
      "candidates: 13 of a vocabulary of 12; expected a number between 1 and 12",
    );
    expect(() => chosen(0)).toThrow(/candidates: 0 of/);
  });

  it("breaks ties without repeating an id", () => {
    const ids = tf.tidy(() => rowsOf(candidateIds(tf.zeros([6, 6]), tf.range(0, 6, 1, "int32"), { count: 4 })));
    ids.forEach((row, n) => expect([row[0], new Set(row).size]).toEqual([n, 4]));
  });
});

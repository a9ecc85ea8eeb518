import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { collateShare } from "./collate-share.js";
import { collate, type Example, type LanguageBatch } from "./language-batch.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const row = (length: number, counted: number): Example => ({
  ids: Int32Array.from({ length }, (_, t) => t + length),
  next: Int32Array.from({ length }, (_, t) => t),
  mask: Uint8Array.from({ length }, (_, t) => (t < counted ? 1 : 0)),
});
const rows = [row(5, 4), row(3, 1), row(6, 6), row(2, 0), row(4, 2)];
const weights = ({ weight_N, next_N }: LanguageBatch): number[] => {
  const next = next_N.dataSync();
  return [...weight_N.dataSync()].map((w, n) => w * (1 + next[n]!)); // some loss of each position
};
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

it.each(["token-mean", "sequence-mean"] as const)("%s: the mean over processes is the joint batch's", (loss) => {
  const joint = sum(weights(collate(rows, { loss })));
  for (const size of [2, 3]) {
    const shares = Array.from({ length: size }, (_, rank) =>
      sum(weights(collateShare(rows, { rank, size }, { loss }))),
    );
    expect(sum(shares) / size).toBeCloseTo(joint, 5);
  }
});

it("is the batch itself for one process, and needs a row for each", () => {
  expect(weights(collateShare(rows, { rank: 0, size: 1 }))).toEqual(weights(collate(rows)));
  expect(() => collateShare(rows.slice(0, 1), { rank: 1, size: 2 })).toThrow("a batch of 1 rows for 2 processes");
});

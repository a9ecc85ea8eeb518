import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { collateShard } from "./collate-shard.js";
import { collate, type Example, type LanguageBatch } from "./language-batch.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const row = (length: number, counted: number): Example => ({
  ids: Int32Array.from({ length }, (_, t) => t + length),
  labels: Int32Array.from({ length }, (_, t) => t),
  lossMask: Uint8Array.from({ length }, (_, t) => (t < counted ? 1 : 0)),
});
const rows = [row(5, 4), row(3, 1), row(6, 6), row(2, 0), row(4, 2)];
const weights = ({ weight_N, labels_N }: LanguageBatch): number[] => {
  const next = labels_N.dataSync();
  return [...weight_N.dataSync()].map((w, n) => w * (1 + next[n]!)); // some loss of each position
};
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

it.each(["token-mean", "sequence-mean"] as const)("%s: the mean over processes is the joint batch's", (loss) => {
  const joint = sum(weights(collate(rows, { loss })));
  for (const size of [2, 3]) {
    const shares = Array.from({ length: size }, (_, rank) =>
      sum(weights(collateShard(rows, { rank, size }, { loss }))),
    );
    expect(sum(shares) / size).toBeCloseTo(joint, 5);
  }
});

it("is the batch itself for one process, and needs a row for each", () => {
  expect(weights(collateShard(rows, { rank: 0, size: 1 }))).toEqual(weights(collate(rows)));
  expect(() => collateShard(rows.slice(0, 1), { rank: 1, size: 2 })).toThrow("a batch of 1 rows for 2 processes");
});

it("carries a meta batch of the rows' first tokens, shared out like the whole", () => {
  const { meta, ids_BT } = collateShard(rows, { rank: 0, size: 1 }, { padToMultiple: 8, metaTokens: 4 });
  expect([ids_BT.shape, meta!.ids_BT.shape]).toEqual([
    [5, 8],
    [5, 4],
  ]);
  const cut = rows.map((each) => ({
    ids: each.ids.slice(0, 4),
    labels: each.labels.slice(0, 4),
    lossMask: each.lossMask.slice(0, 4),
  }));
  expect(weights(meta!)).toEqual(weights(collate(cut, { padToMultiple: 4 })));
  const shares = [0, 1].map((rank) => sum(weights(collateShard(rows, { rank, size: 2 }, { metaTokens: 4 }).meta!)));
  expect(sum(shares) / 2).toBeCloseTo(sum(weights(meta!)), 5);
});

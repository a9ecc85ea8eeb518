import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import {
  collationOf,
  document,
  documentBatches,
  documents,
  downstream,
  stream,
  vocabularySize,
} from "./synthetic-dialect.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("stays within its vocabulary, labels one token ahead of the ids", () => {
  for (const { ids, labels, lossMask } of documents(30, 1, { noise: 0.5, dialect: 0.5, answers: 5 })) {
    expect([ids.length, labels.length, lossMask.length]).toEqual([22, 22, 22]);
    expect([...labels.subarray(0, -1)]).toEqual([...ids.subarray(1)]);
    expect(Math.max(...labels)).toBeLessThan(vocabularySize);
    expect([...lossMask].filter((counted) => counted === 1)).toHaveLength(5);
  }
});

it("is the same for a seed, other for another, and other for other settings", () => {
  const text = (...given: Parameters<typeof documents>): string =>
    documents(...given)
      .map(({ ids }) => ids.join())
      .join(";");
  expect(text(4, 7, stream)).toBe(text(4, 7, stream));
  expect(text(4, 7, stream)).not.toBe(text(4, 8, stream));
  expect(text(4, 7, stream)).not.toBe(text(4, 7, downstream));
});

it("a larger set holds the smaller ones, so that sizes of feedback compare", () => {
  expect(documents(9, 3, downstream).slice(0, 4)).toEqual(documents(4, 3, downstream));
});

it("noise makes about a fifth of the answers random, of which nine in ten are wrong", () => {
  const random = randomFromSeed(5);
  let [wrong, all] = [0, 0];
  for (let i = 0; i < 600; i++) {
    const { ids, labels, lossMask } = document(random, { noise: 0.2, dialect: 0 });
    let running = ids[1]!;
    for (const t of [4, 8, 12]) {
      const right = (running + (ids[t - 2] === 10 ? 1 : -1) * ids[t - 1]! + 10) % 10;
      expect(lossMask[t]).toBe(1);
      wrong += labels[t] === right ? 0 : 1;
      all++;
      running = labels[t]!;
    }
  }
  expect(wrong / all).toBeCloseTo(0.18, 1);
});

it("a stream of batches goes on from its state, in one shape for all batches", async () => {
  const source = documentBatches(1, 3, stream);
  tf.dispose((await source.next()) as tf.TensorContainer);
  const state = source.state();
  const read = async () => {
    const batch = (await source.next())!;
    const ids = await batch.ids_BT.data();
    const { shape } = batch.ids_BT;
    tf.dispose(batch as tf.TensorContainer);
    return { ids: [...ids], shape };
  };
  const [first, second] = [await read(), await read()];
  expect(first).not.toEqual(second);
  expect(first.shape).toEqual([3, 14]);
  await source.restore(state);
  expect([await read(), await read()]).toEqual([first, second]);
});

it("pads to the longest document and to the answers of one", () => {
  expect(collationOf({})).toEqual({ padToMultiple: 14, padPositionsToMultiple: 3 });
  expect(collationOf({ answers: 5 })).toEqual({ padToMultiple: 22, padPositionsToMultiple: 5 });
});

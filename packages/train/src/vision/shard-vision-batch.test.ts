import * as tf from "@tensorflow/tfjs";
import type { VisionBatch } from "@vpt/vision";
import { expect, it } from "vitest";
import { shardVisionBatch } from "./shard-vision-batch.js";

const crops = (count: number, from = 0): tf.Tensor4D =>
  tf.tensor4d(
    Array.from({ length: count }, (_, i) => from + i),
    [count, 1, 1, 1],
  );
/** 4 images in 2 global and 3 local views, numbered by their place; the meta batch has 2 images. */
const whole = (): VisionBatch => ({
  images: 4,
  globals_NHWC: crops(8),
  locals_NHWC: crops(12, 100),
  noise_NHW1: crops(8, 200),
  meta: { images: 2, globals_NHWC: crops(4, 300) },
});
const numbers = (tensor: tf.Tensor | undefined): number[] => [...tensor!.dataSync()];

it("gives each process a contiguous part of the images in every view, and of the meta batch", () => {
  const second = shardVisionBatch(whole(), { rank: 1, size: 2 });
  expect(second.images).toBe(2);
  expect(numbers(second.globals_NHWC)).toEqual([2, 3, 6, 7]);
  expect(numbers(second.locals_NHWC)).toEqual([102, 103, 106, 107, 110, 111]);
  expect(numbers(second.noise_NHW1)).toEqual([202, 203, 206, 207]);
  expect(second.meta!.images).toBe(1);
  expect(numbers(second.meta!.globals_NHWC)).toEqual([301, 303]);
});

it("shares out every image once", () => {
  const seen = [0, 1, 2, 3].flatMap((rank) =>
    numbers(shardVisionBatch({ ...whole(), meta: undefined } as never, { rank, size: 4 }).locals_NHWC),
  );
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => 100 + i));
});

it("frees the whole batch, and hands patch coordinates on as they are", () => {
  const tables = { globals: { cos: tf.zeros([2]), sin: tf.zeros([2]) } };
  const before = tf.memory().numTensors;
  const part = shardVisionBatch({ ...whole(), rotary: tables } as never, { rank: 0, size: 2 });
  expect(part.rotary).toBe(tables);
  expect(tf.memory().numTensors - before).toBe(4); // global, local and noise crops, and those of the meta batch
});

it("is the batch itself for one process", () => {
  expect(numbers(shardVisionBatch(whole(), { rank: 0, size: 1 }).globals_NHWC)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

it.each([3, 8])("refuses to share 4 images among %i processes", (size) => {
  expect(() => shardVisionBatch(whole(), { rank: 0, size })).toThrow(
    `"batchSize": 4 images for ${size} processes; expected a multiple of ${size}`,
  );
});

import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { benchData } from "./bench-data.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("says how many times faster a stream is than its learner, and leaves no tensor", async () => {
  const random = randomFromSeed(0);
  let drawn = 0;
  const open = () => ({
    next: async () => {
      drawn++;
      const ids = Int32Array.from({ length: 8 }, () => random.integer(50));
      return { ids, labels: ids, lossMask: new Uint8Array(8).fill(1) };
    },
    state: () => null,
    restore: () => {},
  });
  const before = tf.memory().numTensors;
  const result = await benchData({ open, shape: "tiny", batch: 2, tokens: 8, rounds: 2, batches: 3 });
  expect(drawn).toBe(4 * 3 * 2); // two warm-ups and two rounds
  const { data, learner } = result.comparison;
  expect(result.ratio).toBeCloseTo((3 * learner.timing.median) / data.timing.median, 6);
  expect(tf.memory().numTensors).toBe(before);
});

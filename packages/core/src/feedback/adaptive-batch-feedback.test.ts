import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Feedback, randomFromSeed } from "@vpt/contracts";
import { gradientAgreement, adaptiveBatchFeedback } from "./adaptive-batch-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Mean `signal` in every coordinate, unit noise. */
const noisy = (signal: number, size = 50): Feedback => ({
  gradient: (_, __, random) => ({ w: tf.tensor1d(Array.from({ length: size }, () => signal + random.normal())) }),
});

it("stays with two draws when they agree, and returns their mean", async () => {
  const told: unknown[] = [];
  const before = tf.memory().numTensors;
  const { w } = await adaptiveBatchFeedback(noisy(5), { onSignal: (x) => told.push(x) }).gradient(
    {},
    [],
    randomFromSeed(0),
  );
  expect(tf.memory().numTensors).toBe(before + 1);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ batchesPerHalf: 1 });
  const random = randomFromSeed(0);
  const draws = Array.from({ length: 100 }, () => 5 + random.normal());
  [...w!.dataSync()].forEach((x, i) => expect(x).toBeCloseTo((draws[i]! + draws[50 + i]!) / 2, 4));
});

it("grows to the limit on pure noise, and the result is the mean of all draws", async () => {
  const told: { batchesPerHalf: number }[] = [];
  const drawn: number[] = [];
  const noise: Feedback = {
    gradient: (_, __, random) => {
      drawn.push(random.normal());
      return { w: tf.tensor1d([drawn.length % 2 === 0 ? 1 : -1, drawn.at(-1)!]) };
    },
  };
  const feedback = adaptiveBatchFeedback(noise, { minCosine: 1.1, maxBatches: 4, onSignal: (x) => told.push(x) });
  const { w } = await feedback.gradient({}, [], randomFromSeed(0));
  expect([told[0]!.batchesPerHalf, drawn.length]).toEqual([4, 8]);
  expect(w!.dataSync()[1]).toBeCloseTo(drawn.reduce((a, b) => a + b, 0) / 8, 5);
});

it("gradientAgreement is high for signal and near 0 for noise", async () => {
  expect(await gradientAgreement(noisy(5), {}, [], randomFromSeed(0))).toBeGreaterThan(0.9);
  expect(Math.abs(await gradientAgreement(noisy(0, 4000), {}, [], randomFromSeed(0)))).toBeLessThan(0.1);
});

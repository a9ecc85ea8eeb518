import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type Feedback, type Params, randomFromSeed } from "@vpt/contracts";
import { negatedFeedback, randomFeedback } from "./control-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const fixed: Feedback = { gradient: () => ({ a: tf.tensor2d([[3, 0]]), b: tf.tensor1d([4]) }) };
const numbers = (params: Params): number[] => Object.values(params).flatMap((tensor) => [...tensor.dataSync()]);

it("randomFeedback has the gradient's norm and shapes, another direction each call, the same for a seed", async () => {
  const draw = randomFromSeed(0);
  const before = tf.memory().numTensors;
  const first = await randomFeedback(fixed).gradient({}, [], draw);
  expect(tf.memory().numTensors).toBe(before + 2);
  const second = await randomFeedback(fixed).gradient({}, [], draw);
  const again = await randomFeedback(fixed).gradient({}, [], randomFromSeed(0));
  expect(Math.hypot(...numbers(first))).toBeCloseTo(5, 5);
  expect(first["a"]!.shape).toEqual([1, 2]);
  expect(numbers(second)).not.toEqual(numbers(first));
  expect(numbers(again)).toEqual(numbers(first));
});

it("negatedFeedback is minus the gradient and leaves nothing else behind", async () => {
  const before = tf.memory().numTensors;
  const flipped = await negatedFeedback(fixed).gradient({}, [], randomFromSeed(0));
  expect(tf.memory().numTensors).toBe(before + 2);
  expect(numbers(flipped).map((x) => x + 0)).toEqual([-3, 0, -4]);
});

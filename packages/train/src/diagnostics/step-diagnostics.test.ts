import * as tf from "@tensorflow/tfjs";
import type { StepGradients, TrainState } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { feedbackDraws } from "./feedback-draws.js";
import { stepDiagnostics } from "./step-diagnostics.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const stepOf = (): StepGradients => ({
  state: { params: { body: tf.tensor1d([1, 1]), head: tf.tensor1d([2]) }, auxiliary: {} } as unknown as TrainState,
  after: { body: tf.tensor1d([0, 2]), head: tf.tensor1d([1.5]) },
  pretraining: { body: tf.tensor1d([3, -1]), head: tf.tensor1d([2]) },
  downstream: { body: tf.tensor1d([1, 2]), head: tf.tensor1d([4]) },
});

it("gives the decrease of the step taken and the gap of equation 20 by hand, and leaves no tensor", async () => {
  const step = stepOf();
  const count = tf.memory().numTensors;
  const { predictedDecrease, gap } = await stepDiagnostics(step, ["head"]);
  expect(predictedDecrease).toBeCloseTo(4 * 0.5, 6);
  expect(gap!.value).toBeCloseTo(3 - 2 + 8, 5);
  expect(gap!.subsetValue).toBe(8);
  expect(gap!.bound).toBeCloseTo(Math.sqrt(5 * 10), 5);
  expect(gap!.downstreamShare).toBeCloseTo(16 / 21, 6);
  expect(gap!.pretrainingShare).toBeCloseTo(4 / 14, 6);
  expect(Math.abs(gap!.value - gap!.subsetValue)).toBeLessThanOrEqual(gap!.bound);
  expect(tf.memory().numTensors).toBe(count);
});

it("is over all trained parameters where there is no subset", async () => {
  expect(await stepDiagnostics(stepOf(), undefined)).toEqual({ predictedDecrease: 1 * 1 + 2 * -1 + 4 * 0.5 });
});

it("draws batches one by one from a stream of their own, over the subset alone", async () => {
  const step = stepOf();
  const asked: (readonly string[])[] = [];
  const feedback = {
    gradient: (_: object, subset: readonly string[], random: { uniform(): number }) => {
      asked.push(subset);
      return { head: tf.tensor1d([4 + random.uniform() - 0.5]) };
    },
  };
  const count = tf.memory().numTensors;
  const options = { feedback, subset: ["head"], count: 400, seed: 3 };
  const drawn = (await feedbackDraws(step, options))!;
  expect(tf.memory().numTensors).toBe(count);
  expect(drawn.exact).toBe(8);
  expect(drawn.draws).toHaveLength(400);
  expect(new Set(drawn.draws).size).toBeGreaterThan(390);
  for (const value of drawn.draws) expect(Math.abs(value - 8)).toBeLessThanOrEqual(1); // 2·(4 ± ½)
  const mean = drawn.draws.reduce((sum, value) => sum + value, 0) / 400;
  expect(Math.abs(mean - 8)).toBeLessThan((3 * (2 / Math.sqrt(12))) / 20); // three standard errors of a uniform
  expect(asked.every(([name]) => name === "head")).toBe(true);
  expect(await feedbackDraws(step, options)).toEqual(drawn);
  const { sameRows, ...others } = (await feedbackDraws(step, { ...options, probeRows: feedback }))!;
  expect(others).toEqual(drawn);
  expect(sameRows).toHaveLength(400);
  expect(sameRows![0]).not.toBe(drawn.draws[0]); // a stream of its own
});

it("draws nothing where several feedbacks are domains of their own", async () => {
  const feedback = { gradient: () => ({ head: tf.tensor1d([1]) }) };
  const options = { feedback: [feedback, feedback], subset: ["head"], count: 2, seed: 0 };
  expect(await feedbackDraws(stepOf(), options)).toBeUndefined();
});

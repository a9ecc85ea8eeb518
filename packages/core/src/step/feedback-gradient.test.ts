import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import type { Feedback } from "@vpt/contracts";
import { createTrainState, packTrainState, unpackTrainState, type TrainState } from "./train-state.js";
import type { ValueStepOptions } from "./train-step-options.js";
import { feedbackGradient } from "./feedback-gradient.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const optimizer = adamW();
/** Gives the vectors one after another. */
const inTurn = (...vectors: (readonly [number, number])[]): Feedback => {
  const left = [...vectors];
  return { gradient: () => ({ w: tf.tensor1d([...left.shift()!]) }) };
};
async function after(feedback: Feedback, count: number, options: Partial<ValueStepOptions> = {}) {
  let state: TrainState = createTrainState({ params: { w: tf.zeros([2]) }, optimizer, seed: 0 });
  const metrics: Readonly<Record<string, number>>[] = [];
  const value = { feedback, subset: ["w"], designerOptimizer: optimizer, designerLearningRate: () => 0, ...options };
  for (let i = 0; i < count; i++) {
    const step = await feedbackGradient(state, value);
    state = step.state;
    metrics.push(step.metrics);
  }
  return { state, metrics, average: [...state.feedbackEma["w"]!.dataSync()] };
}

it("averages, and tells norm and cosine", async () => {
  const { average, metrics } = await after(inTurn([3, 4], [0, 1]), 2, { feedbackEmaDecay: 0.5 });
  expect(average).toEqual([1.5, 2.5]);
  expect(metrics[0]).toEqual({ feedbackNorm: 5 });
  expect(metrics[1]!["feedbackCosine"]).toBeCloseTo(0.8, 6);
});

it("starts anew where the average is stale", async () => {
  const feedback = () => inTurn([3, 4], [-1, 0]);
  const options = { feedbackEmaDecay: 0.5 };
  expect((await after(feedback(), 2, options)).average).toEqual([1, 2]);
  expect((await after(feedback(), 2, { ...options, emaResetCosine: 0 })).average).toEqual([-1, 0]);
  expect((await after(feedback(), 2, { ...options, emaResetCosine: -0.9 })).average).toEqual([1, 2]);
});

it("divides by an average of norms, which a checkpoint keeps", async () => {
  const options = { feedbackEmaDecay: 0, feedbackNormEmaDecay: 0.5 };
  const { state, average } = await after(inTurn([3, 4], [0, 15]), 2, options);
  expect(state.feedbackNormEma).toBe(10); // 5, then (5 + 15)/2
  expect(average).toEqual([0, 1.5]);
  const packed = packTrainState(state);
  const back = unpackTrainState(
    { ...packed, json: JSON.parse(JSON.stringify(packed.json)) as typeof packed.json },
    state.params,
  );
  expect(back.feedbackNormEma).toBe(10);
  expect((await after(inTurn([3, 4]), 1)).state.feedbackNormEma).toBeUndefined();
});

it("keeps the average of a gradient that is nothing", async () => {
  const { average, metrics, state } = await after(inTurn([3, 4], [NaN, 0], [0, 0]), 3);
  expect({ average, last: metrics.slice(1), skipped: state.counters.skippedMeta }).toEqual({
    average: [3, 4],
    last: [{}, {}],
    skipped: 2,
  });
});

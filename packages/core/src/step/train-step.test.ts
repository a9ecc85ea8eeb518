import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import {
  type Designer,
  type Feedback,
  type Learner,
  type Params,
  type Task,
  VptError,
  randomFromSeed,
} from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";
import {
  numbersOf,
  otherToyFeedback,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  type ToyBatch,
  type ToyView,
} from "../testing/toy.js";
import { toyBaseline, toyOptimizer, toyOptions, toyStart, type ToyOptions } from "../testing/toy-run.js";
import { createTrainState, disposeUnreferenced, type TrainState } from "./train-state.js";
import { trainStep } from "./train-step.js";
import type { StepMetrics } from "./train-step-options.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const designer = toyDesigner();
const start = (trainable?: readonly string[]): TrainState => toyStart({ ...(trainable && { trainable }) });

/** Takes steps on batches of one stream, and frees what the next state does not hold. */
async function take(count: number, chosen: ToyOptions, state: TrainState, batches = randomFromSeed(1, "batches")) {
  const log: StepMetrics[] = [];
  for (let i = 0; i < count; i++) {
    const batch = toyBatch(batches);
    const stepped = await trainStep(state, batch, chosen);
    disposeUnreferenced(state, stepped.state);
    tf.dispose(batch);
    state = stepped.state;
    log.push(stepped.metrics);
  }
  return { state, log };
}

const nan = (shape: readonly number[]): tf.Tensor => tf.fill([...shape], NaN);
const nanFeedback: Feedback = {
  gradient: (params, subset) => Object.fromEntries(subset.map((name) => [name, nan(params[name]!.shape)])),
};
const trajectory = async (chosen: ToyOptions): Promise<Record<string, number[]>> => {
  const { state } = await take(7, chosen, start());
  const numbers = numbersOf({ ...state.params, ...prefixed("first", state.optimizer.first) });
  tf.dispose([
    state.params,
    state.optimizer,
    state.designerParams,
    state.designerOptimizer,
    state.feedbackEma,
  ] as tf.TensorContainer);
  return numbers;
};
const prefixed = (prefix: string, params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
const isFinite = (numbers: Record<string, number[]>): boolean => Object.values(numbers).flat().every(Number.isFinite);

describe("the learner never trains on feedback (method 3)", () => {
  const frozen = { designerLearningRate: () => 0 };

  it("is the baseline bit for bit during burn-in", async () => {
    expect(await trajectory(toyOptions({ burnInSteps: 7 }))).toEqual(await trajectory(toyBaseline()));
    expect(await trajectory(toyOptions({ burnInSteps: 6 }))).not.toEqual(await trajectory(toyBaseline()));
  });

  it("with a designer that cannot learn, does not depend on the labels", async () => {
    const given = await trajectory(toyOptions(frozen));
    expect(await trajectory(toyOptions({ ...frozen, feedback: otherToyFeedback }))).toEqual(given);
    expect(await trajectory(toyOptions({ ...frozen, feedback: nanFeedback }))).toEqual(given);
    expect(isFinite(given)).toBe(true);
    // The test has teeth: with a designer that learns they do depend on them.
    expect(await trajectory(toyOptions({ feedback: otherToyFeedback }))).not.toEqual(await trajectory(toyOptions()));
  });

  it("counters the meta steps that NaN feedback cost", async () => {
    const { state } = await take(7, toyOptions({ feedback: nanFeedback }), start());
    expect(state.counters).toEqual({ meta: 4, skippedMeta: 4, skippedStep: 0 });
    expect(state.feedbackEma).toEqual({});
  });

  it("goes on with the old average when one feedback is NaN", async () => {
    let calls = 0;
    const feedback: Feedback = { gradient: (...args) => (calls++ === 1 ? nanFeedback : toyFeedback).gradient(...args) };
    const { state, log } = await take(7, toyOptions({ feedback }), start());
    expect(state.counters).toEqual({ meta: 4, skippedMeta: 1, skippedStep: 0 });
    expect(isFinite(numbersOf({ ...state.params, ...state.designerParams, ...state.feedbackEma }))).toBe(true);
    expect(log[2]).toHaveProperty("value");
  });
});

describe("Algorithm 1", () => {
  it("takes meta steps from the end of the burn-in, every period", async () => {
    const { log, state } = await take(10, toyOptions({ burnInSteps: 3, updateEvery: 3 }), start());
    expect(log.flatMap((metrics, step) => ("value" in metrics ? [step] : []))).toEqual([3, 6, 9]);
    expect(log.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(state.counters.meta).toBe(3);
    expect(state.step).toBe(10);
  });

  it("moves the designer first: the learner's loss is the one of the new task", async () => {
    const [before, batch] = [start(), toyBatch()];
    const { state, metrics } = await trainStep(before, batch, toyOptions());
    const lossOf = (phi: Params): number =>
      tf.tidy(() => toyLearner.loss(before.params, batch, (view) => designer.design(phi, batch, view)).dataSync()[0]!);
    expect(metrics["loss"]).toBe(lossOf(state.designerParams));
    expect(metrics["loss"]).not.toBe(lossOf(before.designerParams));
  });

  it("climbs: steps of the designer raise V − penalty on a fixed batch", async () => {
    const batch = toyBatch();
    const fixed: Feedback = { gradient: (params, subset) => toyFeedback.gradient(params, subset, randomFromSeed(4)) };
    const chosen = toyOptions(
      { feedback: fixed, updateEvery: 1, preconditioner: "none", designerOptimizer: adamW() },
      { learningRate: () => 0, optimizer: adamW(), designer: toyDesigner({ price: 0 }) },
    );
    let state = start();
    const values: number[] = [];
    for (let i = 0; i < 15; i++) {
      const stepped = await trainStep(state, batch, chosen);
      state = stepped.state;
      values.push(stepped.metrics["value"]!);
    }
    values.slice(1).forEach((value, i) => expect(value).toBeGreaterThan(values[i]!));
  });

  it("keeps the average ḡ ← βḡ + (1−β)g, first of several draws", async () => {
    const ones = (size: number): Params => ({ w2: tf.fill([4, 2], size) });
    let draws = 0;
    const feedback: Feedback = { gradient: () => ones(++draws) };
    const chosen = toyOptions({ feedback, updateEvery: 1, initialFeedbackBatches: 3, feedbackEmaDecay: 0.75 });
    const { state } = await take(2, chosen, start());
    expect(draws).toBe(4);
    expect(numbersOf(state.feedbackEma)["w2"]![0]).toBeCloseTo(0.75 * 2 + 0.25 * 4, 6);
    const last = await take(2, toyOptions({ feedback, updateEvery: 1, feedbackEmaDecay: 0 }), start());
    expect(numbersOf(last.state.feedbackEma)["w2"]![0]).toBe(6);
  });

  it.each([
    { preconditioner: "none", similarity: "dot" },
    { preconditioner: "none", similarity: "cosine" },
    { preconditioner: "adam", similarity: "dot" },
    { preconditioner: "adam", similarity: "cosine" },
  ] as const)("does not depend on the scale of feedback with normalizeDirection, %o", async (direction) => {
    const scaled: Feedback = {
      gradient: async (...args) => {
        const given = (await toyFeedback.gradient(...args)) as Params;
        return mapParams(given, (g) => g.mul(1024));
      },
    };
    const values = async (feedback: Feedback): Promise<number[]> =>
      (await take(3, toyOptions({ feedback, ...direction }), start())).log.flatMap(({ value }) => value ?? []);
    const [one, many] = [await values(toyFeedback), await values(scaled)];
    one.forEach((value, i) => expect(many[i]! / value).toBeCloseTo(1, 4));
  });

  it("trains only what it is told to, on the prefix of it", async () => {
    const before = start(["w2"]);
    const held = numbersOf(before.params);
    const { state } = await take(3, toyOptions(), before);
    expect(state.params["w1"]).toBe(before.params["w1"]);
    expect(numbersOf(state.params)["w1"]).toEqual(held["w1"]);
    expect(numbersOf(state.params)["w2"]).not.toEqual(held["w2"]);
  });

  it("gives the same metrics and bits for the same seed", async () => {
    const [one, two] = [await take(6, toyOptions(), start()), await take(6, toyOptions(), start())];
    expect(one.log).toEqual(two.log);
    expect(numbersOf(one.state.params)).toEqual(numbersOf(two.state.params));
  });

  it("refuses an aligned parameter that is not trained", async () => {
    await expect(take(1, toyOptions({ subset: ["w1"] }), start(["w2"]))).rejects.toThrow(VptError);
    await expect(take(1, toyOptions({ subset: ["w1"] }), start(["w2"]))).rejects.toThrow('aligned parameter "w1"');
  });

  it("asks a closed-form designer on every step after the burn-in, and needs no parameters", async () => {
    let asked = 0;
    const closed: Designer<ToyBatch, ToyView> = {
      init: () => ({}),
      design: (_, { y_NE }) => ({ target_NE: y_NE }),
      baselineTask: designer.baselineTask,
      closedFormTask: (cotangent, task) => (
        asked++,
        { ...task, target_NE: task["target_NE"]!.add(cotangent["target_NE"]!) }
      ),
    };
    const state = createTrainState({ params: toyParams(), optimizer: toyOptimizer, seed: 0 });
    const { log } = await take(7, toyOptions({ burnInSteps: 1, updateEvery: 3 }, { designer: closed }), state);
    expect(asked).toBe(6);
    expect(log.map((metrics) => "value" in metrics)).toEqual([false, ...Array<boolean>(6).fill(true)]);
  });
});

describe("a step that cannot be taken", () => {
  it("with NaN in the batch moves nothing and is counted", async () => {
    const { state } = await take(3, toyOptions(), start());
    const before = numbersOf({ ...state.params, ...state.designerParams, ...state.feedbackEma });
    const batch = { ...toyBatch(), y_NE: nan([6, 2]) as tf.Tensor2D };
    for (const step of [3, 4]) {
      const { state: next, metrics } = await trainStep({ ...state, step }, batch, toyOptions());
      expect(metrics["loss"]).toBeNaN();
      expect(next.step).toBe(step + 1);
      expect(numbersOf({ ...next.params, ...next.designerParams, ...next.feedbackEma })).toEqual(before);
      expect(next.optimizer).toBe(state.optimizer);
      expect(next.designerOptimizer).toBe(state.designerOptimizer);
      expect(next.counters.skippedStep).toBe(1);
    }
  });

  it("without a gradient moves nothing, although AdamW has momentum", async () => {
    const { state } = await take(3, toyBaseline(), start());
    const silent: Learner<ToyBatch, ToyView> = {
      loss: (...args) => toyLearner.loss(...args).mul(0) as tf.Scalar,
    };
    const { state: next } = await trainStep(state, toyBatch(), toyBaseline({ learner: silent }));
    expect(next.params).toBe(state.params);
    expect(next.counters.skippedStep).toBe(1);
  });

  it("with a value that is not finite keeps the designer and goes on with the learner", async () => {
    const before = start();
    const wild = { ...designer, penalty: (task: Task) => task["target_NE"]!.sum().mul(NaN) as tf.Scalar };
    const { state, metrics } = await trainStep(before, toyBatch(), toyOptions({}, { designer: wild }));
    expect(metrics["designerGradientNorm"]).toBeNaN();
    expect(state.designerParams).toBe(before.designerParams);
    expect(state.counters).toEqual({ meta: 1, skippedMeta: 1, skippedStep: 0 });
    expect(state.params).not.toBe(before.params);
  });

  it("with a penalty of NaN that no gradient sees takes the step that it takes without one", async () => {
    const [before, free] = [start(), toyDesigner({ price: 0 })];
    const torn = { ...free, penalty: () => tf.scalar(NaN) };
    const { state, metrics } = await trainStep(before, toyBatch(), toyOptions({}, { designer: torn }));
    const { state: expected } = await trainStep(before, toyBatch(), toyOptions({}, { designer: free }));
    expect(metrics["designerGradientNorm"]).toBeGreaterThan(0);
    expect(numbersOf(state.designerParams)).toEqual(numbersOf(expected.designerParams));
    expect(numbersOf(state.designerParams)).not.toEqual(numbersOf(before.designerParams));
    expect(numbersOf(state.params)).toEqual(numbersOf(expected.params));
    expect(state.counters).toEqual({ meta: 1, skippedMeta: 0, skippedStep: 0 });
  });
});

describe("tensors", () => {
  const methods: [string, ToyOptions][] = [
    ["meta steps", toyOptions()],
    [
      "cosine and differences",
      toyOptions({ preconditioner: "none", similarity: "cosine", derivative: "central-difference" }),
    ],
    ["several first draws, no momentum", toyOptions({ initialFeedbackBatches: 3, feedbackEmaDecay: 0 })],
    ["NaN feedback", toyOptions({ feedback: nanFeedback })],
    ["the baseline", toyBaseline()],
  ];

  it.each(methods)("are as many after step 60 as after step 10: %s", async (_, chosen) => {
    const stream = randomFromSeed(1, "batches");
    const { state } = await take(10, chosen, start(), stream);
    const before = tf.memory().numTensors;
    await take(50, chosen, state, stream);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("of the arguments are never disposed, and a step adds what its state replaces", async () => {
    for (const state of [start(), (await take(3, toyOptions(), start())).state]) {
      const batch = toyBatch();
      const before = tf.memory().numTensors;
      const { state: next } = await trainStep(state, batch, toyOptions());
      // throws on a disposed tensor
      numbersOf({ ...state.params, ...state.optimizer.first, ...state.feedbackEma, ...batch });
      numbersOf({ ...state.designerParams, ...state.designerOptimizer.second });
      tf.dispose(batch);
      disposeUnreferenced(state, next);
      const grown = Object.keys(next.feedbackEma).length - Object.keys(state.feedbackEma).length;
      expect(tf.memory().numTensors).toBe(before - 2 + grown);
    }
  });

  const fails = (): never => {
    throw new Error("on purpose");
  };
  let calls = 0;
  const failsFrom = (call: number): Learner<ToyBatch, ToyView> => ({
    ...toyLearner,
    loss: (params, batch, taskOf) =>
      toyLearner.loss(params, batch, (view) => (calls++ < call ? taskOf(view) : fails())),
  });
  it.each<[string, ToyOptions]>([
    ["the learner's first pass", toyOptions({}, { learner: failsFrom(0) })],
    ["the learner's last pass, after the designer moved", toyOptions({}, { learner: failsFrom(1) })],
    ["the learner's prefix", toyOptions({}, { learner: { ...toyLearner, cacheFrozenActivations: fails } })],
    ["the designer", toyOptions({}, { designer: { ...designer, design: fails } })],
    ["the penalty", toyOptions({}, { designer: { ...designer, penalty: fails } })],
    ["the description", toyOptions({}, { designer: { ...designer, metrics: fails } })],
    ["the feedback", toyOptions({ feedback: { gradient: fails } })],
    [
      "the feedback's backward pass",
      toyOptions({
        feedback: { gradient: ({ w2 }) => tf.tidy(() => tf.grads((w) => (w!.exp().sum(), fails()))([w2!])) as never },
      }),
    ],
    ["the shape of the feedback", toyOptions({ feedback: { gradient: () => ({ w2: tf.zeros([1]) }) } })],
  ])("do not leak when a step fails in %s", async (_, chosen) => {
    for (const state of [start(), (await take(4, toyOptions(), start())).state]) {
      calls = 0;
      const batch = toyBatch();
      const before = tf.memory().numTensors;
      await expect(trainStep(state, batch, chosen)).rejects.toThrow(/on purpose|expected shape/);
      expect(tf.memory().numTensors).toBe(before);
      numbersOf({ ...state.params, ...batch });
    }
  });

  it("do not leak when the second of several draws fails", async () => {
    calls = 0;
    const feedback: Feedback = { gradient: (...args) => (calls++ === 0 ? toyFeedback.gradient(...args) : fails()) };
    const [state, batch] = [start(), toyBatch()];
    const before = tf.memory().numTensors;
    await expect(trainStep(state, batch, toyOptions({ initialFeedbackBatches: 2, feedback }))).rejects.toThrow(
      "on purpose",
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses an empty subset and a period below 1", async () => {
    const [state, batch] = [start(), toyBatch()];
    await expect(trainStep(state, batch, toyOptions({ subset: [] }))).rejects.toThrow(
      /aligned subset names no parameter/,
    );
    for (const updateEvery of [0, -1, 1.5, NaN])
      await expect(trainStep(state, batch, toyOptions({ updateEvery }))).rejects.toThrow(/updateEvery .*at least 1/);
  });
});

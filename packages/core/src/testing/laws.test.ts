import * as tf from "@tensorflow/tfjs";
import {
  accumulateGradients,
  type BatchSource,
  type Compile,
  type Designer,
  type Feedback,
  fromSteps,
  type Learner,
  type Params,
  randomFromSeed,
  zipSources,
} from "@vpt/contracts";
import { beforeAll, describe, expect, it } from "vitest";
import { adaptiveBatchFeedback } from "../feedback/adaptive-batch-feedback.js";
import { callbackFeedback } from "../feedback/callback-feedback.js";
import { combineFeedback } from "../feedback/combine-feedback.js";
import { negatedFeedback, randomFeedback } from "../feedback/control-feedback.js";
import { adamW, type Optimizer } from "../optim/adam-w.js";
import {
  batchSourceLaws,
  brokenLaws,
  designerLaws,
  executorLaws,
  feedbackLaws,
  learnerLaws,
  optimizerLaws,
} from "./index.js";
import {
  otherToyFeedback,
  plainToyLearner,
  toyBatch,
  toyDesigner,
  toyFeedback,
  toyLearner,
  toyParams,
  toyPrediction,
  toySource,
  type ToyBatch,
  type ToyView,
} from "./toy.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

type ToyLearner = Learner<ToyBatch, ToyView>;
type ToyDesigner = Designer<ToyBatch, ToyView>;
const designer = toyDesigner();
const learnerFixture = (subset: readonly string[]) => ({
  params: toyParams(),
  subset,
  batch: toyBatch(),
  taskOf: (view: ToyView) => ({ target_NE: tf.tidy(() => view.prediction_NE.mul(0.5).add(1)) }),
});
const designerFixture = () => {
  const batch = toyBatch();
  return { batch, view: { prediction_NE: toyPrediction(toyParams(), batch) } };
};
const closedForm: ToyDesigner = {
  init: () => ({}),
  design: (_, { y_NE }) => ({ target_NE: y_NE.clone() }),
  baselineTask: ({ y_NE }) => ({ target_NE: y_NE.clone() }),
  closedFormTask: (metaGradient, task) => ({ target_NE: task["target_NE"]!.add(metaGradient["target_NE"]!) }),
};

describe("laws that the implementations of this package keep", () => {
  it.each([
    ["toyLearner", toyLearner, ["w2"]],
    ["toyLearner, all trained", toyLearner, ["w1", "w2"]],
    ["plainToyLearner", plainToyLearner, ["w1", "w2"]],
  ] as const)("%s", async (_, learner, subset) => {
    expect(await brokenLaws(learnerLaws(learner, learnerFixture(subset)))).toEqual([]);
  });

  it.each([
    ["toyDesigner", designer],
    ["a closed form", closedForm],
  ])("%s", async (_, each) => {
    expect(await brokenLaws(designerLaws(each, designerFixture()))).toEqual([]);
  });

  it.each<[string, Feedback]>([
    ["toyFeedback", toyFeedback],
    ["otherToyFeedback", otherToyFeedback],
    ["randomFeedback", randomFeedback(toyFeedback)],
    ["negatedFeedback", negatedFeedback(toyFeedback)],
    ["adaptiveBatchFeedback", adaptiveBatchFeedback(toyFeedback)],
    ["callbackFeedback", callbackFeedback((...given) => toyFeedback.gradient(...given))],
    [
      "combineFeedback",
      combineFeedback([
        { name: "one", feedback: toyFeedback, weight: 1 },
        { name: "other", feedback: otherToyFeedback, weight: 0.5 },
      ]),
    ],
  ])("%s", async (_, feedback) => {
    expect(await brokenLaws(feedbackLaws(feedback, { params: toyParams(), subset: ["w2"] }))).toEqual([]);
  });

  it.each<[string, () => BatchSource<object>]>([
    ["toySource", () => toySource()],
    ["a source that ends", () => toySource({ count: 3 })],
    ["accumulateGradients", () => accumulateGradients(toySource(), 2)],
    ["zipSources", () => zipSources([toySource(), toySource({ seed: 1 })])],
    ["fromSteps", () => fromSteps((step) => Promise.resolve(toyBatch(randomFromSeed(step))))],
  ])("%s", async (_, make) => {
    expect(await brokenLaws(batchSourceLaws(make))).toEqual([]);
  });

  it("no compilation at all, and AdamW", async () => {
    expect(await brokenLaws(executorLaws((f) => f))).toEqual([]);
    for (const optimizer of [adamW(), adamW({ weightDecay: 0.1, beta1: 0.5 })])
      expect(await brokenLaws(optimizerLaws(optimizer, { params: toyParams() }))).toEqual([]);
  });
});

describe("a broken toy is named by the law it breaks", () => {
  let calls = 0;
  it.each<[string, ToyLearner]>([
    ["the loss is pure", { loss: (...given) => toyLearner.loss(...given).add(calls++) as tf.Scalar }],
    [
      "the loss is a finite scalar and leaks nothing",
      { loss: (...given) => (tf.keep(tf.zeros([1])), toyLearner.loss(...given)) },
    ],
    [
      "the loss asks once for its task, with constants",
      {
        loss: (params, { x_ND }, taskOf) => {
          const prediction_NE = tf.tanh(x_ND.matMul(params["w1"]!)).matMul(params["w2"] as tf.Tensor2D) as tf.Tensor2D;
          return tf.tidy(() => prediction_NE.sub(taskOf({ prediction_NE })["target_NE"]!).square().mean() as tf.Scalar);
        },
      },
    ],
    [
      "frozen activations change nothing",
      {
        ...toyLearner,
        cacheFrozenActivations: (...given) => {
          const { hidden_NH, ...batch } = toyLearner.cacheFrozenActivations!(...given);
          return { ...batch, ...(hidden_NH && { hidden_NH: hidden_NH.mul(2) as tf.Tensor2D }) };
        },
      },
    ],
    [
      "an embedded task changes nothing",
      { ...toyLearner, embedTask: (_, __, task) => ({ target_NE: task["target_NE"]!.mul(2) }) },
    ],
    ["the meta batch takes no randomness", { ...toyLearner, metaBatch: () => toyBatch(randomFromSeed(calls++)) }],
  ])("learner: %s", async (name, learner) => {
    expect(await brokenLaws(learnerLaws(learner, learnerFixture(["w2"])))).toContain(name);
  });

  it.each<[string, Partial<ToyDesigner>]>([
    ["init repeats for a seed", { init: () => designer.init(calls++) }],
    ["tasks are pure", { baselineTask: ({ y_NE }) => ({ target_NE: y_NE.add(calls++) }) }],
    [
      "tasks are named tensors that leak nothing",
      { baselineTask: ({ y_NE }) => (tf.keep(tf.zeros([1])), tf.keep(tf.zeros([1])), { target_NE: y_NE }) },
    ],
    [
      "the task is differentiable in the parameters",
      {
        design: (phi, batch, view) =>
          designer.design({ ...phi, shift: tf.tensor(phi["shift"]!.arraySync()) }, batch, view),
      },
    ],
    [
      "the penalty is a scalar, differentiable in the task",
      { penalty: ({ shift }) => shift!.square() as unknown as tf.Scalar },
    ],
    ["a closed form has no parameters and keeps the task's shapes", { closedFormTask: (_, task) => task }],
    ["metrics are finite scalars", { metrics: () => ({ shift: tf.scalar(NaN) }) }],
  ])("designer: %s", async (name, change) => {
    expect(await brokenLaws(designerLaws({ ...designer, ...change }, designerFixture()))).toContain(name);
  });

  it.each<[string, Feedback]>([
    ["the gradient has the subset's names and shapes", { gradient: () => ({ w1: tf.zeros([3, 4]) }) }],
    ["draws come from the random stream alone", { gradient: () => ({ w2: tf.fill([4, 2], calls++) }) }],
    ["arguments are left alone and nothing leaks", { gradient: ({ w2 }) => ({ w2: w2! }) }],
  ])("feedback: %s", async (name, feedback) => {
    expect(await brokenLaws(feedbackLaws(feedback, { params: toyParams(), subset: ["w2"] }))).toContain(name);
  });

  it.each<[string, () => BatchSource<unknown>]>([
    ["sources made alike give the same batches", () => ({ ...toySource(), next: async () => ({ n: calls++ }) })],
    ["a restored source goes on where the state was taken", () => ({ ...toySource(), restore: () => {} })],
    ["a state is plain JSON, and reading it moves nothing", () => ({ ...toySource(), state: () => calls++ })],
    [
      "an end stays an end, and batches leak nothing",
      () =>
        fromSteps((step) =>
          Promise.resolve({ x: tf.keep(tf.scalar(step)), leak: Math.sign(tf.keep(tf.scalar(0)).id) }),
        ),
    ],
  ])("batch source: %s", async (name, make) => {
    expect(await brokenLaws(batchSourceLaws(make))).toContain(name);
  });

  const broken = (change: (result: unknown) => unknown): Compile =>
    ((f: (...args: never[]) => unknown) =>
      (...args: never[]) =>
        change(f(...args))) as unknown as Compile;
  it.each<[string, Compile]>([
    [
      "a compiled function computes what the function does, call by call",
      ((f: (...args: never[]) => unknown) => {
        let first: unknown;
        return (...args: never[]) => (first ??= f(...args));
      }) as unknown as Compile,
    ],
    [
      "gradients within it are those of the function",
      broken((result) => (result instanceof tf.Tensor && result.rank === 2 ? result.mul(2) : result)),
    ],
    [
      "arguments are left alone, results are the caller's, nothing leaks",
      broken((result) => (tf.keep(tf.zeros([1])), result)),
    ],
    [
      "what the function throws comes through",
      ((f: (...args: never[]) => unknown) =>
        (...args: never[]) => {
          try {
            return f(...args);
          } catch {
            return undefined;
          }
        }) as unknown as Compile,
    ],
  ])("executor: %s", async (name, compile) => {
    expect(await brokenLaws(executorLaws(compile))).toContain(name);
  });

  const own = adamW();
  it.each<[string, Partial<Optimizer>]>([
    [
      "updates are pure, count, and leak nothing",
      { update: (p, g, state, rate) => ({ ...own.update(p, g, state, rate), state }) },
    ],
    ["a first update goes down the gradient", { update: (p, g, state, rate) => own.update(p, g, state, -rate) }],
    ["the traceable form computes the same", { precondition: (direction: Params) => direction }],
    [
      "without statistics the preconditioner keeps the direction",
      {
        precondition: (direction) =>
          Object.fromEntries(Object.entries(direction).map(([name, g], i) => [name, g.mul(10 ** i)])),
      },
    ],
    [
      "the preconditioner is linear and positive",
      {
        precondition: (direction) =>
          Object.fromEntries(Object.entries(direction).map(([name, g]) => [name, g.square()])),
      },
    ],
  ])("optimizer: %s", async (name, change) => {
    expect(await brokenLaws(optimizerLaws({ ...own, ...change }, { params: toyParams() }))).toContain(name);
  });

  it("says what came instead", () => {
    const [first] = feedbackLaws({ gradient: () => ({}) }, { params: toyParams(), subset: ["w2"] });
    return expect(first!.check()).rejects.toThrow(
      `feedback law "the gradient has the subset's names and shapes": the gradient: no tensor for "w2"`,
    );
  });
});

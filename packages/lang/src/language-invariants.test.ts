// What V-Pretraining must never do, bit for bit (method 3), on a transformer.
import * as tf from "@tensorflow/tfjs";
import {
  adamW,
  createTrainState,
  disposeUnreferenced,
  randomFromSeed,
  trainStep,
  type Designer,
  type Feedback,
  type TrainState,
  type ValueStepOptions,
} from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import { causalLearner, type LanguageView } from "./causal-learner.js";
import { nextTokenDesigner } from "./designers/next-token.js";
import { tiltDesigner } from "./designers/tilt.js";
import { topKDesigner } from "./designers/top-k.js";
import { collate, type LanguageBatch } from "./language-batch.js";
import { lmFeedback } from "./lm-feedback.js";
import { lastBlockParameters } from "./model/index.js";
import { numbersOf } from "./testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

type LanguageDesigner = Designer<LanguageBatch, LanguageView>;

const size = { embeddingSize: tinyConfig.hiddenSize, layers: 1, width: 8, heads: 2, candidates: 5 };
const optimizer = adamW({ weightDecay: 0.01 });
const subset = lastBlockParameters(tinyConfig, 1);
const examples = randomExamples(6, randomFromSeed(8));
const feedback = lmFeedback(tinyConfig, { examples, batchSize: 2, padToMultiple: 2 });

/** θ and its moments after some steps. */
async function trajectory(
  designer: LanguageDesigner,
  value?: Partial<ValueStepOptions>,
  trainable: readonly string[] = subset,
) {
  const batches = randomFromSeed(1, "batches");
  let state: TrainState = createTrainState({
    params: tinyParams(0),
    trainable,
    designerParams: designer.init(0),
    optimizer,
    seed: 0,
  });
  for (let step = 0; step < 5; step++) {
    const batch = collate(randomExamples(2, batches), { padToMultiple: 2 });
    const { state: next } = await trainStep(state, batch, {
      learner: causalLearner(tinyConfig),
      designer,
      optimizer,
      learningRate: () => 0.02,
      ...(value && {
        value: {
          feedback,
          subset,
          designerOptimizer: optimizer,
          designerLearningRate: () => 0.1,
          updateEvery: 2,
          ...value,
        },
      }),
    });
    disposeUnreferenced(state, next);
    tf.dispose(batch);
    state = next;
  }
  return {
    theta: { ...numbersOf(state.params), ...numbersOf(state.optimizer.second) },
    phi: numbersOf(state.designerParams),
    counts: state.counters,
  };
}

const isFinite = (numbers: Record<string, number[]>): boolean => Object.values(numbers).flat().every(Number.isFinite);

describe("the learner's trajectory", () => {
  it.each([
    ["the tail", subset],
    ["everything", Object.keys(tinyParams(0))],
  ])("is the baseline's bit for bit with α_max = 0, while the designer moves: %s", async (_, trainable) => {
    const baseline = await trajectory(nextTokenDesigner(), undefined, trainable);
    const gated = await trajectory(topKDesigner({ ...size, maxGate: 0 }), {}, trainable);
    expect(gated.theta).toEqual(baseline.theta);
    expect(gated.counts).toEqual({ meta: 3, skippedMeta: 0, skippedStep: 0 });
    const open = await trajectory(topKDesigner(size), {}, trainable);
    expect(open.theta).not.toEqual(baseline.theta);
  });

  it("is the baseline's bit for bit during burn-in, for every designer", async () => {
    const baseline = await trajectory(nextTokenDesigner());
    for (const designer of [topKDesigner(size), tiltDesigner({ candidates: 5 })]) {
      expect((await trajectory(designer, { burnInSteps: 5 })).theta).toEqual(baseline.theta);
      expect((await trajectory(designer, { burnInSteps: 4 })).theta).not.toEqual(baseline.theta);
    }
  });

  it("does not depend on the feedback labels when the designer cannot learn", async () => {
    const designer = topKDesigner(size);
    const frozen = { designerLearningRate: () => 0 };
    const labels = examples.map(({ labels }) => labels);
    const shuffled = examples.map((example, i) => ({ ...example, labels: labels[(i + 1) % labels.length]! }));
    const permuted = lmFeedback(tinyConfig, { examples: shuffled, batchSize: 2, padToMultiple: 2 });
    const given = await trajectory(designer, frozen);
    expect((await trajectory(designer, { ...frozen, feedback: permuted })).theta).toEqual(given.theta);
    const [one, other] = [await trajectory(designer, {}), await trajectory(designer, { feedback: permuted })];
    expect(one.phi).not.toEqual(other.phi);
    expect(one.theta).not.toEqual(other.theta);
  });

  it("stays finite and the same with NaN in the feedback, which is counted", async () => {
    const designer = topKDesigner(size);
    const frozen = { designerLearningRate: () => 0 };
    const poisoned: Feedback = {
      gradient: async (...args) => {
        const gradient = await feedback.gradient(...args);
        const bad = tf.tidy(() => gradient["model.norm.weight"]!.mul(NaN));
        tf.dispose(gradient["model.norm.weight"]!);
        return { ...gradient, "model.norm.weight": bad };
      },
    };
    const [given, tainted] = [
      await trajectory(designer, frozen),
      await trajectory(designer, { ...frozen, feedback: poisoned }),
    ];
    expect(tainted.theta).toEqual(given.theta);
    expect(isFinite(tainted.theta)).toBe(true);
    expect(tainted.counts).toEqual({ meta: 3, skippedMeta: 3, skippedStep: 0 });
  });

  it("repeats bit for bit for the same seed", async () => {
    const [one, two] = [await trajectory(topKDesigner(size), {}), await trajectory(topKDesigner(size), {})];
    expect(one).toEqual(two);
  });
});

import { compile, useBackend } from "@vpt/backend";
import {
  adamW,
  createTrainState,
  disposeReplaced,
  randomFromSeed,
  trainStep,
  type Compile,
  type TrainState,
} from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { expect, it } from "vitest";
import { causalLearner } from "./causal-learner.js";
import { topKDesigner } from "./designers/top-k.js";
import { collate } from "./language-batch.js";
import { lmFeedback } from "./lm-feedback.js";
import { tailNames } from "./model/index.js";
import { numbersOf } from "./testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "./testing/tiny-language.js";

const { name: backend } = await useBackend({ device: "cpu", log: (line) => console.warn(`Skipping. ${line}`) });

/** Parameters of learner and designer, and the losses, after steps with and without a value update. */
async function after(recompute: boolean, how?: Compile): Promise<unknown> {
  const optimizer = adamW();
  const designer = topKDesigner({
    embeddingSize: tinyConfig.hiddenSize,
    layers: 1,
    width: 8,
    heads: 2,
    candidates: 5,
  });
  const examples = randomExamples(4, randomFromSeed(8));
  const options = {
    learner: causalLearner(tinyConfig, { recompute }),
    designer,
    optimizer,
    learningRate: () => 0.02,
    ...(how && { compile: how }),
    value: {
      feedback: lmFeedback(tinyConfig, { examples, batchSize: 2, multiple: 2 }),
      subset: tailNames(tinyConfig, 1),
      designerOptimizer: optimizer,
      designerLearningRate: () => 0.1,
      period: 2,
      firstFeedbackBatches: 1,
    },
  };
  const batch = collate(randomExamples(3, randomFromSeed(3)), { multiple: 4 });
  let state: TrainState = createTrainState({
    params: tinyParams(0),
    designerParams: designer.init(0),
    optimizer,
    seed: 0,
  });
  const losses: unknown[] = [];
  for (let step = 0; step < 4; step++) {
    const { state: next, metrics } = await trainStep(state, batch, options);
    losses.push(metrics);
    disposeReplaced(state, next);
    state = next;
  }
  return { losses, params: numbersOf(state.params), designer: numbersOf(state.designerParams) };
}

it("changes no bit of a run, value updates included", async () => {
  await tf.setBackend("cpu");
  expect(await after(true)).toEqual(await after(false));
});

it.skipIf(backend !== "tensorflow")("changes no bit of a compiled run", async () => {
  await tf.setBackend("tensorflow");
  const compiled: Compile = (f) => compile(f, { cacheSize: 16 });
  expect(await after(true, compiled)).toEqual(await after(false, compiled));
});

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { adamW, type Designer } from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import { identityMaskDesigner, randomMaskDesigner, unetMaskDesigner } from "./designers/index.js";
import type { VisionBatch, VisionView } from "./dino/index.js";
import { denseFeedback } from "./feedback/index.js";
import { denseEvaluator, initHeads } from "./heads/index.js";
import { vitRotary, lastViTBlockParameters } from "./model/index.js";
import { scenes, tinyBatch, tinyConfig, tinyState } from "./testing/index.js";
import {
  disposeReplacedVision,
  evaluatorRandomState,
  packVisionState,
  unpackVisionState,
  visionStep,
  type VisionState,
  type VisionStepOptions,
} from "./index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const evaluator = denseEvaluator(tinyConfig.hiddenSize, { segmentation: { classes: 5 }, depth: { weight: 0.5 } });
const base = { config: tinyConfig, optimizer: adamW(), learningRate: () => 1e-3, steps: 10 };
const onesDesigner = (): Designer<VisionBatch, VisionView> => ({
  ...identityMaskDesigner(),
  baselineTask: ({ globals_NHWC: { shape } }) => ({ mask_NHW1: tf.ones([shape[0], shape[1], shape[2], 1]) }),
});
const valueOptions = (): VisionStepOptions => {
  const headOptimizer = adamW();
  return {
    ...base,
    designer: unetMaskDesigner({ baseChannels: 4, depth: 2 }),
    value: {
      feedback: denseFeedback(tinyConfig, { evaluator, samples: scenes(6, 16, 50), batchSize: 3 }),
      subset: lastViTBlockParameters(tinyConfig, 1),
      designerOptimizer: adamW(),
      designerLearningRate: () => 1e-2,
      updateEvery: 2,
      burnInSteps: 1,
    },
    heads: {
      evaluator,
      optimizer: headOptimizer,
      learningRate: 1e-2,
      samples: scenes(6),
      batchSize: 3,
      initialUpdates: 3,
      updatesPerMetaStep: 1,
      minLossDrop: Infinity,
    },
  };
};
const valueState = (options: VisionStepOptions): VisionState => {
  const heads = initHeads(evaluator, options.heads!.optimizer, 0);
  return { train: tinyState(options.designer.init(0), heads.params), heads, headRandom: evaluatorRandomState(0) };
};

async function run(start: VisionState, options: VisionStepOptions, steps: number) {
  let state = start;
  const log: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = tinyBatch(step);
    const stepped = await visionStep(state, batch, options);
    disposeReplacedVision(state, stepped.state);
    tf.dispose(batch as unknown as tf.TensorContainer);
    state = stepped.state;
    log.push(stepped.metrics["loss"]!);
  }
  return { state, log };
}
const bits = (state: VisionState): Record<string, string> =>
  Object.fromEntries(
    Object.entries(state.train.params).map(([name, t]) => [
      name,
      Buffer.from(Float32Array.from(t.dataSync()).buffer).toString("base64"),
    ]),
  );
const plainState = (): VisionState => ({ train: tinyState(), headRandom: evaluatorRandomState(0) });

describe("visionStep", () => {
  it("with masks of ones is the baseline bit for bit, teacher and centre included", async () => {
    const baseline = await run(plainState(), { ...base, designer: identityMaskDesigner() }, 3);
    const ones = await run(plainState(), { ...base, designer: onesDesigner() }, 3);
    expect(ones.log).toEqual(baseline.log);
    expect(bits(ones.state)).toEqual(bits(baseline.state));
    const masked = await run(plainState(), { ...base, designer: randomMaskDesigner() }, 3);
    expect(masked.log[0]).not.toBe(baseline.log[0]);
  });

  it("a value run equals the baseline while it burns in, then moves the designer; the same seed gives the same bits", async () => {
    const options = valueOptions();
    const baseline = await run(plainState(), { ...base, designer: identityMaskDesigner() }, 1);
    const one = await run(valueState(options), options, 3);
    const two = await run(valueState(options), options, 3);
    expect(one.log[0]).toBe(baseline.log[0]);
    expect(bits(one.state)).toEqual(bits(two.state));
    expect(one.state.train.counters).toEqual({ meta: 1, skippedMeta: 0, skippedStep: 0 });
    const before = options.designer.init(0)["mask.weight"]!.dataSync();
    expect(one.state.train.designerParams["mask.weight"]!.dataSync()).not.toEqual(before);
    expect(one.state.heads!.optimizer.count).toBe(3);
  });

  it("heads that have not learned say nothing: steps are the baseline's until their loss has fallen", async () => {
    const own = valueOptions();
    const waiting = { ...own, heads: { ...own.heads!, minLossDrop: 0.01 } };
    const { state, log } = await run(valueState(waiting), waiting, 3);
    expect(log).toEqual((await run(plainState(), { ...base, designer: identityMaskDesigner() }, 3)).log);
    expect([state.train.counters.meta, state.heads!.optimizer.count]).toEqual([0, 3]);
    expect(state.heads!.losses!.recent).toBeLessThan(state.heads!.losses!.first);
    const packed = packVisionState(state);
    expect(unpackVisionState(packed).heads!.losses).toEqual(state.heads!.losses);
  });

  it("the value may have images of its own, which the learner's gradient does not see, and sees still positions", async () => {
    const options = { ...valueOptions(), value: { ...valueOptions().value!, designerLearningRate: () => 0 } };
    const step = async (change: object) => {
      const batch = { ...tinyBatch(1), ...change };
      const start = valueState(options);
      const { metrics } = await visionStep({ ...start, train: { ...start.train, step: 1 } }, batch, options);
      return metrics;
    };
    const own = await step({});
    const other = await step({ meta: tinyBatch(2) });
    expect(other["loss"]).toBe(own["loss"]);
    expect(other["value"]).not.toBe(own["value"]);
    expect((await step({ meta: tinyBatch(1) }))["value"]).toBe(own["value"]);
    const rotary = {
      globals: vitRotary(tinyConfig, [4, 4], { shift: [0.3, 0], stretch: [1, 1] }),
      locals: vitRotary(tinyConfig, [2, 2], { shift: [0.3, 0], stretch: [1, 1] }),
    };
    const moved = await step({ rotary });
    expect(moved["loss"]).not.toBe(own["loss"]);
    expect(moved["value"]).toBe(own["value"]);
  });

  it("leaks nothing over meta and ordinary steps, and feedback labels reach the learner only through the mask", async () => {
    const options = valueOptions();
    let state = valueState(options);
    ({ state } = await run(state, options, 2));
    const before = tf.memory().numTensors;
    ({ state } = await run(state, options, 2));
    expect(tf.memory().numTensors).toBe(before);

    const frozen = (flip: boolean): VisionStepOptions => {
      const samples = scenes(6, 16, 50).map(({ image, labels, depth }) => ({
        image,
        depth,
        labels: flip ? { ...labels, data: labels.data.map((label) => 4 - label) } : labels,
      }));
      const own = valueOptions();
      const value = {
        ...own.value!,
        designerLearningRate: () => 0,
        feedback: denseFeedback(tinyConfig, { evaluator, samples, batchSize: 3 }),
      };
      return { ...own, value };
    };
    const [honest, flipped] = [
      await run(valueState(frozen(false)), frozen(false), 2),
      await run(valueState(frozen(true)), frozen(true), 2),
    ];
    expect(bits(flipped.state)).toEqual(bits(honest.state));
  });
});

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import {
  adamW,
  disposeUnreferenced,
  packTrainState,
  trainStep,
  unpackTrainState,
  type Designer,
  type TrainState,
  type TrainStepOptions,
} from "@vpt/core";
import { beforeAll, describe, expect, it } from "vitest";
import { identityMaskDesigner, randomMaskDesigner, unetMaskDesigner } from "./designers/index.js";
import { dinoAuxiliary, type DinoAuxiliaryOptions } from "./dino-auxiliary.js";
import { dinoLearner, type VisionBatch, type VisionView } from "./dino/index.js";
import { denseFeedback } from "./feedback/index.js";
import { denseEvaluator, type EvaluatorTraining } from "./heads/index.js";
import { vitRotary, lastViTBlockParameters } from "./model/index.js";
import { scenes, tinyBatch, tinyConfig, tinyState } from "./testing/index.js";
beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const evaluator = denseEvaluator(tinyConfig.hiddenSize, { segmentation: { classes: 5 }, depth: { weight: 0.5 } });
type Options = TrainStepOptions<VisionBatch, VisionView>;
const auxiliaryOf = (rest: Partial<DinoAuxiliaryOptions> = {}) => dinoAuxiliary(tinyConfig, { steps: 10, ...rest });
const base = {
  learner: dinoLearner(tinyConfig),
  auxiliary: auxiliaryOf(),
  optimizer: adamW(),
  learningRate: () => 1e-3,
};
const onesDesigner = (): Designer<VisionBatch, VisionView> => ({
  ...identityMaskDesigner(),
  baselineTask: ({ globals_NHWC: { shape } }) => ({ mask_NHW1: tf.ones([shape[0], shape[1], shape[2], 1]) }),
});
const trainingOf = (minLossDrop = -Infinity): EvaluatorTraining => ({
  evaluator,
  optimizer: adamW(),
  learningRate: 1e-2,
  samples: scenes(6),
  batchSize: 3,
  initialUpdates: 3,
  updatesPerMetaStep: 1,
  minLossDrop,
});
const valueOptions = (training = trainingOf()): Options => ({
  ...base,
  auxiliary: auxiliaryOf({ evaluator: training }),
  designer: unetMaskDesigner({ baseChannels: 4, depth: 2 }),
  value: {
    feedback: denseFeedback(tinyConfig, { evaluator, samples: scenes(6, 16, 50), batchSize: 3 }),
    subset: lastViTBlockParameters(tinyConfig, 1),
    designerOptimizer: adamW(),
    designerLearningRate: () => 1e-2,
    updateEvery: 2,
    burnInSteps: 1,
  },
});
const valueState = (options: Options): TrainState => tinyState(options.designer.init(0), trainingOf());

async function run(start: TrainState, options: Options, steps: number) {
  let state = start;
  const log: number[] = [];
  for (let step = 0; step < steps; step++) {
    const batch = tinyBatch(step);
    const stepped = await trainStep(state, batch, options);
    disposeUnreferenced(state, stepped.state);
    tf.dispose(batch as unknown as tf.TensorContainer);
    state = stepped.state;
    log.push(stepped.metrics["loss"]!);
  }
  return { state, log };
}
/** Parameters, teacher and centre as text. */
const bits = ({ params, auxiliary: { teacher, centre } }: TrainState): Record<string, string> =>
  Object.fromEntries(
    [params, teacher!, centre!].flatMap((group, i) =>
      Object.entries(group).map(([name, t]) => [
        `${i}/${name}`,
        Buffer.from(Float32Array.from(t.dataSync()).buffer).toString("base64"),
      ]),
    ),
  );
const plainState = (): TrainState => tinyState();

describe("dinoAuxiliary in trainStep", () => {
  it("with masks of ones is the baseline bit for bit, teacher and centre included", async () => {
    const baseline = await run(plainState(), { ...base, designer: identityMaskDesigner() }, 3);
    const ones = await run(plainState(), { ...base, designer: onesDesigner() }, 3);
    expect(ones.log).toEqual(baseline.log);
    expect(bits(ones.state)).toEqual(bits(baseline.state));
    const masked = await run(plainState(), { ...base, designer: randomMaskDesigner() }, 3);
    expect(masked.log[0]).not.toBe(baseline.log[0]);
  });

  it("a value run is the baseline while it burns in, then moves the designer; a seed gives the same bits", async () => {
    const options = valueOptions();
    const baseline = await run(plainState(), { ...base, designer: identityMaskDesigner() }, 1);
    const one = await run(valueState(options), options, 3);
    const two = await run(valueState(options), options, 3);
    expect(one.log[0]).toBe(baseline.log[0]);
    expect(bits(one.state)).toEqual(bits(two.state));
    expect(one.state.counters).toMatchObject({ meta: 1, skippedMeta: 0, skippedStep: 0, evaluatorUpdates: 3 });
    const before = options.designer.init(0)["mask.weight"]!.dataSync();
    expect(one.state.designerParams["mask.weight"]!.dataSync()).not.toEqual(before);
  });

  it("takes baseline steps until the heads' loss has dropped, and a checkpoint carries the heads", async () => {
    const waiting = valueOptions(trainingOf(0.99));
    const { state, log } = await run(valueState(waiting), waiting, 3);
    expect(log).toEqual((await run(plainState(), { ...base, designer: identityMaskDesigner() }, 3)).log);
    expect(state.counters).toMatchObject({ meta: 0, evaluatorUpdates: 3, deferredMeta: 1 });
    expect(state.counters["evaluatorLoss"]).toBeLessThan(state.counters["evaluatorFirstLoss"]!);
    const { tensors, json } = packTrainState(state);
    const back = unpackTrainState({ tensors, json: JSON.parse(JSON.stringify(json)) as typeof json }, state.params);
    expect(back).toEqual(state);
    expect(Object.keys(back.auxiliary)).toEqual([
      "teacher",
      "centre",
      "evaluator",
      "evaluator.first",
      "evaluator.second",
    ]);
  });

  it("names the groups that a state lacks", async () => {
    const batch = tinyBatch();
    const { auxiliary, ...rest } = valueState(valueOptions());
    const { teacher, centre, ...heads } = auxiliary;
    const without = (groups: TrainState["auxiliary"]): TrainState => ({ ...rest, step: 1, auxiliary: groups });
    await expect(trainStep(without(heads), batch, valueOptions())).rejects.toThrow(/no teacher and centre/);
    const { auxiliary: _, ...plain } = valueOptions();
    await expect(trainStep(without({ teacher: teacher!, centre: centre! }), batch, plain)).rejects.toThrow(
      /no group "evaluator"/,
    );
  });

  it("accumulates gradients over micro-batches and averages over processes as on the whole batch", async () => {
    const options: Options = { ...base, designer: identityMaskDesigner() };
    const batch = tinyBatch(0);
    const whole = await trainStep(plainState(), batch, options);
    const pieces = await trainStep(plainState(), { microBatches: [batch, batch] }, options);
    const allReduce: NonNullable<Options["allReduce"]> = (tensors) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, tensor]) => [name, tensor.clone()]),
      ) as unknown as typeof tensors;
    const twins = await trainStep(plainState(), batch, { ...options, allReduce });
    expect(bits(twins.state)).toEqual(bits(whole.state));
    const differences = ["teacher", "centre"].flatMap((group) =>
      Object.entries(whole.state.auxiliary[group]!).map(
        ([name, t]) => tf.max(tf.abs(tf.sub(t, pieces.state.auxiliary[group]![name]!))).dataSync()[0]!,
      ),
    );
    expect(Math.max(...differences)).toBeLessThan(1e-4);
    expect(pieces.metrics["teacherEntropy"]).toBeCloseTo(whole.metrics["teacherEntropy"]!, 4);
  });

  it("the value may have images of its own, unseen by the learner's gradient, and sees still positions", async () => {
    const options = { ...valueOptions(), value: { ...valueOptions().value!, designerLearningRate: () => 0 } };
    const step = async (change: object) => {
      const batch = { ...tinyBatch(1), ...change };
      const start = valueState(options);
      const { metrics } = await trainStep({ ...start, step: 1 }, batch, options);
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

  it("leaks nothing over meta and ordinary steps; labels of the feedback reach the learner by the mask", async () => {
    const options = valueOptions();
    let state = valueState(options);
    ({ state } = await run(state, options, 2));
    const before = tf.memory().numTensors;
    ({ state } = await run(state, options, 2));
    expect(tf.memory().numTensors).toBe(before);

    const frozen = (flip: boolean): Options => {
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

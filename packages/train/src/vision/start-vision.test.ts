import { useBackend } from "@vpt/backend";
import type { Params } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { createProgress } from "../progress.js";
import { tinyVision } from "../testing/tiny-vision.js";
import { visionConfigSchema } from "./config.js";
import { batchesOf, initialVision, pretrainOptions } from "./start-vision.js";
import { loadPools, type VisionPools } from "./vision-data.js";

const parse = (more: object = {}) => visionConfigSchema.parse({ ...tinyVision, ...more });
const progress = createProgress({ quiet: true });
const numbers = (params: Params) => Object.fromEntries(Object.entries(params).map(([n, x]) => [n, [...x.dataSync()]]));
let pools: VisionPools;
beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
  pools = await loadPools(parse(), () => undefined);
});

it("makes the model of the start's seed, whatever the run's seed, with a head of the sizes asked for", async () => {
  const start = async (more: object) => numbers((await initialVision(parse(more), progress)).params);
  const first = await start({ seed: 1 });
  expect(await start({ seed: 2 })).toEqual(first);
  expect(await start({ startSeed: 3 })).not.toEqual(first);
  const { params, trainable } = await initialVision(parse(), progress);
  expect([...trainable].sort()).toEqual(Object.keys(params).sort());
  expect(params["head.last_layer.weight_v"]!.shape).toEqual([16, 8]);
});

it("takes pretraining's own learning rate and length", () => {
  const run = parse({ pretrainSteps: 40, pretrainLearningRate: 0.25 });
  const { learningRate, clipNorm, value } = pretrainOptions(run, {} as never);
  expect(Math.max(...Array.from({ length: 40 }, (_, step) => learningRate(step)))).toBeCloseTo(0.25, 3);
  expect(learningRate(39)).toBeLessThan(0.05);
  expect([clipNorm, value]).toEqual([run.learner.clipNorm, undefined]);
});

it("makes the batches that the configuration asks for", async () => {
  const { config } = await initialVision(parse(), progress);
  const batchOf = async (more: object, options = {}) => {
    const batches = batchesOf(parse(more), pools, config, 0, options);
    const batch = await batches.at(1);
    await batches.close();
    return batch;
  };
  const plain = await batchOf({ crops: { ...tinyVision.crops, ropeAugmentation: false } });
  expect([plain.images, plain.rotary, plain.noise_NHW1, plain.meta]).toEqual([2, undefined, undefined, undefined]);
  expect((await batchOf({})).rotary).toBeDefined();
  expect((await batchOf({ methods: ["baseline", "random-mask"] })).noise_NHW1).toBeDefined();
  const value = { ...tinyVision.value, metaBatchSize: 3 };
  expect((await batchOf({ value })).meta).toBeUndefined(); // a method without a value
  expect((await batchOf({ value }, { hasMeta: true })).meta!.images).toBe(3); // step 1 is the first meta step
});

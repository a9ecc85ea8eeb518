import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { randomFromSeed } from "@vpt/core";
import { evaluateLinearProbe, probeLearningRates } from "@vpt/eval/imagenet";
import { evaluateSegmentation } from "@vpt/eval/segmentation";
import { beforeAll, describe, expect, it } from "vitest";
import { initViT } from "../../model/index.js";
import { scenes, tinyConfig } from "../../testing/index.js";
import {
  depthOfBins,
  depthProbe,
  depthSchedule,
  initDenseProbe,
  segmentationProbe,
  segmentationSchedule,
  siLogLoss,
  trainDenseProbe,
  trainLinearProbes,
  vitPredictor,
  type DenseProbeTraining,
} from "./index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

describe("depth by bins", () => {
  it("is the mean of the bins' centres, weighted by relu(x) + 0.1", () => {
    const map = tf.tensor4d([1, -5, 0.4], [1, 1, 1, 3]);
    const expected = (1.1 * 1 + 0.1 * 2 + 0.5 * 3) / 1.7;
    expect(depthOfBins(map, { minDepth: 1, maxDepth: 3, bins: 3 }).dataSync()[0]).toBeCloseTo(expected, 5);
  });

  it("its loss is √(0.15·mean² + variance) of the logarithms' difference, over measured pixels", () => {
    const truth = tf.tensor3d([1, 2, NaN, 0, 40], [1, 1, 5]);
    const prediction = tf.tensor3d([2, 3, 5, 5, 5], [1, 1, 5]);
    const g = [2, 3].map((p, i) => Math.log(p + 0.001) - Math.log(i + 1 + 0.001));
    const mean = (g[0]! + g[1]!) / 2;
    const variance = (g[0]! - mean) ** 2 + (g[1]! - mean) ** 2;
    const at = (withVariance: boolean) =>
      siLogLoss(prediction, truth, { minDepth: 0.001, maxDepth: 10, variance: withVariance }).dataSync()[0];
    expect(at(true)).toBeCloseTo(Math.sqrt(0.15 * mean ** 2 + variance), 5);
    expect(at(false)).toBeCloseTo(Math.sqrt(0.15 * mean ** 2), 5);
  });

  it("leaves the variance out for a hundred updates", () => {
    const probe = depthProbe({ width: 4, head: "linear", minDepth: 0.001, maxDepth: 10, bins: 8 });
    const features = tf.randomNormal([1, 2, 2, 4], 0, 1, "float32", 1) as tf.Tensor4D;
    const depth_BHW = tf.tensor3d([1, 2, 3, 9], [1, 2, 2]);
    const params = probe.init(0);
    const lossAt = (step: number) => probe.evaluatorAt(step).loss(params, features, { depth_BHW }).loss.dataSync()[0]!;
    expect(lossAt(99)).toBe(lossAt(0));
    expect(lossAt(100)).toBeGreaterThan(lossAt(99));
  });
});

it("rates warm up and end near 0", () => {
  for (const rate of [segmentationSchedule(1e-3, 400), depthSchedule(1e-3, 400)]) {
    expect(rate(0)).toBeLessThan(1e-5);
    expect(Math.max(...Array.from({ length: 400 }, (_, step) => rate(step)))).toBeGreaterThan(5e-4);
    expect(rate(399)).toBeLessThan(1e-6);
  }
});

const vit = { config: tinyConfig, params: initViT({ ...tinyConfig, initializerRange: 0.2 }, 0) };
const probe = segmentationProbe({ width: tinyConfig.hiddenSize, classes: 6, head: "linear" });
const rooms = scenes(8);
type Room = (typeof rooms)[number];
const training: DenseProbeTraining<Room> = {
  probe,
  task: "segmentation",
  items: rooms.map((room, i) => ({
    id: `room ${i}`,
    load: async () => {
      if (i === 3) throw new Error("torn");
      return room;
    },
  })),
  crop: ({ image, labels }) => ({
    pixels: Float32Array.from(image.data, (byte) => byte / 127.5 - 1),
    map: Float32Array.from(labels.data),
    width: 16,
    height: 16,
  }),
  schedule: segmentationSchedule(1e-2, 24),
  optimizer: { beta2: 0.999, weightDecay: 1e-3, clipNorm: 1 },
  dropout: 0.1,
  iterations: 24,
  batchSize: 3,
  seed: 0,
  maxCorruptFraction: 0.2,
};

it("trains a dense head, leaves out what is torn, goes on bit for bit, and predicts for the runner", async () => {
  const losses: number[] = [];
  const whole = await trainDenseProbe(vit, training, { onUpdate: (_, { loss }) => void losses.push(loss) });
  expect(whole.quarantined.map(({ name }) => name)).toContain("room 3");
  expect(losses.slice(-5).reduce((a, b) => a + b)).toBeLessThan(0.9 * losses.slice(0, 5).reduce((a, b) => a + b));

  const stop = new AbortController();
  let held = initDenseProbe(training);
  const copy = <T extends object>(tree: T): T =>
    Object.fromEntries(
      Object.entries(tree).map(([name, x]) => [
        name,
        x instanceof tf.Tensor ? x.clone() : typeof x === "object" ? copy(x as object) : x,
      ]),
    ) as T;
  const cut = trainDenseProbe(vit, training, {
    from: copy(held),
    signal: stop.signal,
    onUpdate: (state) => {
      if (state.step < 7) return;
      held = copy(state);
      stop.abort(new Error("stopped"));
    },
  });
  await expect(cut).rejects.toThrow("stopped");
  const resumed = await trainDenseProbe(vit, training, { from: held });
  for (const [name, tensor] of Object.entries(whole.params))
    expect(resumed.params[name]!.dataSync(), name).toEqual(tensor.dataSync());

  const items = rooms
    .slice(0, 4)
    .map(({ image, labels }, i) => ({ id: `${i}`, load: async () => ({ image, truth: labels }) }));
  const record = await evaluateSegmentation(vitPredictor(vit, probe, whole.params), items, { classes: 6 });
  expect(record.metrics["aAcc"]!.value).toBeGreaterThan(0.4);
});

it("pads what is no multiple of the patch, and cuts the map back", async () => {
  const { image } = scenes(1, 18)[0]!;
  const [map] = await vitPredictor(vit, probe, probe.init(0)).predict([image]);
  expect([map!.width, map!.height, map!.channels, map!.values.length]).toEqual([18, 18, 6, 18 * 18 * 6]);
});

it("trains a grid of linear heads at once that tell two clouds apart", async () => {
  const random = randomFromSeed(0, "clouds");
  const labels = Array.from({ length: 200 }, (_, i) => i % 2);
  const values = Float32Array.from(
    labels.flatMap((label) => [label * 3 + random.normal(), random.normal(), random.normal()]),
  );
  const probes = await trainLinearProbes({ values, width: 3 }, labels, {
    classes: 2,
    epochs: 10,
    batchSize: 32,
    seed: 0,
    learningRatesOf: probeLearningRates,
  });
  expect(probes).toHaveLength(13);
  expect(Math.max(...probes.map(({ heldOut }) => heldOut))).toBeGreaterThan(0.8);
  const items = [0, 1].map((label) => ({ id: `${label}`, label, load: async () => Float32Array.of(label * 3, 0, 0) }));
  const record = await evaluateLinearProbe(
    { extract: async (rows: readonly Float32Array[]) => [...rows] },
    probes,
    items,
  );
  expect(record.metrics["top1"]!.value).toBe(1);
});

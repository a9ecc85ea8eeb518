import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseConfig } from "../config/load-config.js";
import * as tf from "@tensorflow/tfjs";
import type { StepProbeResult } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import type { VisionBatch } from "@vpt/vision";
import { createProgress } from "../progress.js";
import type { RunCallback } from "../run-callback.js";
import { runExperiment } from "../run-experiment.js";
import { RunStopped } from "../run-stopped.js";
import { probeRun } from "../probe-run.js";
import { tinyVision } from "../testing/tiny-vision.js";
import { shardVisionBatch } from "./shard-vision-batch.js";
import { visionWorkload } from "./vision-workload.js";
import { visionBatches } from "./vision-batches.js";
import { visionConfigSchema } from "./config.js";
import { loadPools } from "./vision-data.js";
import { renderScene, type RgbImage } from "@vpt/data/images";

const folder = mkdtempSync(join(tmpdir(), "vision-"));
const go = (out: string, options: object = {}, more: object = {}) =>
  runExperiment(visionWorkload, parseConfig(visionConfigSchema, { ...tinyVision, ...more }, "test"), {
    out: join(folder, out),
    ...options,
  });
const log = (out: string): string => readFileSync(join(folder, out, "value", "metrics.jsonl"), "utf8");
const whole = go("whole");

it("leaves a summary, and figures in the method's folder", async () => {
  expect(await whole).toMatchObject({
    kind: "vision",
    unit: "images",
    primaryMetric: "mIoU",
    data: { unlabeled: 8, test: 4 },
    methods: [
      { method: "baseline", units: 8 },
      { method: "value", skipped: 0 },
    ],
  });
  expect(readdirSync(join(folder, "whole", "value"))).toEqual(
    expect.arrayContaining(["checkpoints", "masks.png", "metrics.jsonl", "predictions.png", "timings.jsonl"]),
  );
}, 300_000);

it.each([
  ["on a meta step", 3],
  ["off a meta step", 2],
])(
  "stopped %s it resumes bit for bit",
  async (_, stopAt) => {
    const expected = await whole;
    const controller = new AbortController();
    const stop: RunCallback = {
      onStep: ({ method, step }) => {
        if (method === "value" && step + 1 === stopAt) controller.abort();
      },
    };
    const out = `stopped-${stopAt}`;
    await expect(go(out, { signal: controller.signal, callbacks: [stop] })).rejects.toThrow(RunStopped);
    const resumed = await go(out, { resume: true });
    expect(log(out)).toBe(log("whole"));
    expect(resumed.methods.map(({ scores }) => scores)).toEqual(expected.methods.map(({ scores }) => scores));
  },
  300_000,
);

it("probes the checkpoints of every method: small steps do what their first order predicts", async () => {
  await whole;
  const out = join(folder, "whole");
  const files = () => readdirSync(out, { recursive: true }).sort();
  const before = files();
  const probe = (options: object = {}) =>
    probeRun(visionWorkload, {
      folder: out,
      probes: 2,
      rates: [1e-3, 1],
      progress: createProgress({ quiet: true }),
      ...options,
    });
  const probed = await probe();
  expect(probed).toMatchObject([
    { method: "baseline", step: 4, skipped: 0, clipNorm: 1 },
    { method: "value", step: 4, skipped: 0, clipNorm: 1 },
  ]);
  for (const { results } of probed)
    for (const { taken, rates, gradientNorm } of results) {
      const [small, large] = rates as [StepProbeResult["taken"], StepProbeResult["taken"]];
      expect(gradientNorm).toBeGreaterThan(0);
      expect([taken.loss, small.loss, large.loss]).toEqual([taken.loss, taken.loss, taken.loss]);
      expect(large.predicted).toBeCloseTo(1000 * small.predicted, 3);
      // Float32 rounds a loss of about 3 by 2e-7; the second order of a step of 1e-3 is of that size too
      expect(Math.abs(small.realised - small.predicted)).toBeLessThan(0.05 * Math.abs(small.predicted) + 1e-6);
      expect(taken.realised).not.toBe(0);
    }
  const [, value] = probed;
  expect(value!.results.every(({ byFeedback }) => Number.isFinite(byFeedback))).toBe(true);
  expect(probed[0]!.results.every(({ byFeedback }) => byFeedback === undefined)).toBe(true);
  const [plain, valued] = probed.map(({ diagnostics }) => diagnostics!);
  expect(Object.keys(plain!)).not.toContain("subset"); // no value, so no aligned subset and no feedback
  expect([plain!.stepTaken.over, valued!.stepTaken.over]).toEqual(["trained", "aligned"]);
  expect(plain!.stepTaken.pairs[0]!.predicted).toBeCloseTo(probed[0]!.results[0]!.taken.predicted, 6);
  expect(valued!.estimator!.draws).toHaveLength(32);
  for (const { value: all, subsetValue, bound } of valued!.subset!)
    expect(Math.abs(all - subsetValue)).toBeLessThanOrEqual(bound + 1e-6);
  expect(await probe({ method: "value" })).toEqual([value]);
  expect(files()).toEqual(before);
  await expect(probe({ method: "tilt" })).rejects.toThrow("--method tilt: the run has baseline, value");
}, 300_000);

it("accumulates gradients, detects spikes and evaluates on a cadence, as language does", async () => {
  const more = { methods: ["value"], gradientAccumulation: 2, spikeFactor: 8, evaluate: { every: 2, best: "mIoU" } };
  const { methods } = await go("accumulated", {}, { ...more, value: { ...tinyVision.value, metaBatchSize: 2 } });
  expect(methods).toMatchObject([{ units: 16, best: { step: expect.any(Number) } }]);
  const evaluations = readLog(join(folder, "accumulated", "value", "evaluations.jsonl"));
  expect(evaluations.map(({ step }) => step)).toEqual([2, 4]);
  for (const { metrics } of evaluations)
    expect(metrics).toMatchObject({ mIoU: expect.any(Number), knn: expect.any(Number), rmse: expect.any(Number) });
}, 300_000);

it("gives each process its images of every view", () => {
  const batch = { images: 4, globals_NHWC: tf.range(0, 8).reshape([8, 1, 1, 1]) } as VisionBatch;
  const { images, globals_NHWC } = shardVisionBatch(batch, { rank: 1, size: 2 });
  expect([images, ...globals_NHWC.dataSync()]).toEqual([2, 2, 3, 6, 7]);
  expect(() => shardVisionBatch({ ...batch, images: 3 }, { rank: 0, size: 2 })).toThrow("a multiple of 2");
});

it("an unknown key is named with its nearest neighbour; defaults are filled in", () => {
  expect(() => parseConfig(visionConfigSchema, { kind: "vision", designer: { smoothnesWeight: 1 } }, "a.ts")).toThrow(
    /"designer.smoothnesWeight"; did you mean "smoothnessWeight"/,
  );
  expect(parseConfig(visionConfigSchema, { kind: "vision" }, "a.ts").data).toMatchObject({ rendered: true, test: 128 });
});

it("reads NYUv2's labelled images as pools, with classes where a mapping names them", async () => {
  const fixture = (name: string): string =>
    fileURLToPath(new URL(`../../../data/src/hdf5/__fixtures__/${name}`, import.meta.url));
  const splits = join(mkdtempSync(join(tmpdir(), "nyu-")), "splits.json");
  writeFileSync(splits, JSON.stringify({ trainNdxs: [3, 1], testNdxs: [2] }));
  const data = { nyuv2: fixture("nyu.mat"), splits, evaluatorHeads: 1, feedback: 1, size: [3, 4] as [number, number] };
  const load = (more: object) =>
    loadPools(parseConfig(visionConfigSchema, { ...tinyVision, data: { ...data, ...more } }, "test"), () => undefined);
  await expect(load({})).rejects.toThrow(/2 training images; .* must leave some for the probe/);
  writeFileSync(splits, JSON.stringify({ trainNdxs: [3, 1, 2], testNdxs: [2] }));
  await expect(load({})).rejects.toThrow(/image 2 is in both splits/);
  writeFileSync(splits, JSON.stringify({ trainNdxs: [3, 1, 3], testNdxs: [2] })); // the file has three images
  const {
    classes,
    hasDepth,
    test,
    linearProbe: probe,
    unlabeled: stream,
  } = await load({ mapping: fixture("mapping.mat"), unlabeledSize: 4 });
  expect([classes.length, hasDepth, test.length, probe.length, stream.length]).toEqual([40, true, 1, 1, 3]);
  expect([test[0]!.depth!.width, test[0]!.labels!.height, (stream[0] as RgbImage).height]).toEqual([4, 3, 4]);
  expect((await load({})).classes).toEqual([]);
});

it("batches are a function of the seed and the step", async () => {
  const images = Array.from({ length: 6 }, (_, i) => renderScene(i, { width: 8, height: 8 }).image);
  const of = async (seed: number, workers = 0) => {
    const batches = visionBatches(images, { batchSize: 2, seed, globalSize: 8, locals: 0, noise: true }, { workers });
    const { globals_NHWC, noise_NHW1 } = await batches.at(5);
    await batches.close();
    return [globals_NHWC.dataSync(), noise_NHW1!.dataSync()];
  };
  expect(await of(1)).toEqual(await of(1, 1));
  expect(await of(1)).not.toEqual(await of(2));
});

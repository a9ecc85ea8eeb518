import { cpSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { createCheckpoints, readLog } from "@vpt/core/run";
import { tensorFile } from "@vpt/weights";
import { beforeAll, expect, it } from "vitest";
import { isRunningStatistic } from "../heads/batch-norm.js";
import { initViT } from "../model/index.js";
import { scenes, tinyConfig } from "../testing/index.js";
import { segmentationProbe, segmentationSchedule, type DenseProbeTraining } from "./probes/index.js";
import { trainSavedProbe } from "./train-saved-probe.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const iterations = 6;
const rooms = scenes(4);
const training: DenseProbeTraining<(typeof rooms)[number]> = {
  probe: segmentationProbe({ width: tinyConfig.hiddenSize, classes: 6, head: "linear" }),
  task: "segmentation",
  items: rooms.map((room, i) => ({ id: `room ${i}`, load: async () => room })),
  crop: ({ image, labels }) => ({
    pixels: Float32Array.from(image.data, (byte) => byte / 127.5 - 1),
    map: Float32Array.from(labels.data),
    width: 16,
    height: 16,
  }),
  schedule: segmentationSchedule(1e-2, iterations),
  optimizer: { beta2: 0.999, weightDecay: 1e-3 },
  dropout: 0,
  iterations,
  batchSize: 2,
  seed: 0,
  maxCorruptFraction: 0,
};
const vit = () => ({ config: tinyConfig, params: initViT({ ...tinyConfig, initializerRange: 0.2 }, 0) });
const root = mkdtempSync(join(tmpdir(), "saved-probe-"));
const numbers = (params: Readonly<Record<string, tf.Tensor>>) =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
const log = (folder: string): string => readFileSync(join(folder, "metrics.jsonl"), "utf8");

it("goes on bit for bit after it was stopped, with its running statistics in an auxiliary group", async () => {
  const [whole, cut] = [join(root, "whole"), join(root, "cut")];
  const expected = numbers(await trainSavedProbe(vit(), training, { folder: whole }));
  const stop = new AbortController();
  const stopped = trainSavedProbe(vit(), training, {
    folder: cut,
    signal: stop.signal,
    onUpdate: (step) => {
      if (step === 3) stop.abort(new Error("stopped"));
    },
  });
  await expect(stopped).rejects.toThrow("stopped");
  expect(readdirSync(join(cut, "checkpoints"))).toEqual(["3"]);

  const weights = Object.entries(training.probe.init(0)).filter(([name]) => !isRunningStatistic(name));
  const saved = await createCheckpoints(join(cut, "checkpoints"), tensorFile).latest(Object.fromEntries(weights));
  const { params, auxiliary, designerParams, optimizer } = saved!.state;
  expect(designerParams).toEqual({});
  expect(Object.keys(auxiliary)).toEqual(["statistics"]);
  expect(Object.keys(auxiliary["statistics"]!).every(isRunningStatistic)).toBe(true);
  expect(Object.keys(auxiliary["statistics"]!)).toHaveLength(2);
  expect(Object.keys(params).sort()).toEqual(Object.keys(optimizer.first).sort());
  const means = [...auxiliary["statistics"]!["probe.norm.running_mean"]!.dataSync()];
  expect(means.some((mean) => mean !== 0)).toBe(true);

  const said: string[] = [];
  const resumed = await trainSavedProbe(vit(), training, { folder: cut, log: (line) => void said.push(line) });
  expect(numbers(resumed)).toEqual(expected);
  expect(log(cut)).toBe(log(whole));
  expect(said).toEqual(["head: going on after 3 of 6 updates"]);
});

it("logs each update, and trains nothing when it is called on a folder that is done", async () => {
  const folder = join(root, "again");
  const updates: number[] = [];
  const options = { folder, onUpdate: (step: number) => void updates.push(step) };
  const first = numbers(await trainSavedProbe(vit(), training, options));
  expect(updates).toEqual([1, 2, 3, 4, 5, 6]);
  const lines = readLog(join(folder, "metrics.jsonl"));
  expect(lines.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5]);
  for (const { step, learningRate } of lines) expect(learningRate).toBe(training.schedule(step));
  const copy = join(root, "copy");
  cpSync(folder, copy, { recursive: true });
  expect(numbers(await trainSavedProbe(vit(), training, { ...options, folder: copy }))).toEqual(first);
  expect(updates).toHaveLength(6);
});

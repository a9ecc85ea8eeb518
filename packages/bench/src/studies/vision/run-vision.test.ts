import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { visionConfigSchema } from "@vpt/train/vision";
import { expect, it } from "vitest";
import { runVision } from "./run-vision.js";
import { weighedWorkload } from "./weighed-workload.js";

const weighedMethods = [{ name: "1-1" }, { name: "1-0" }];
const config = visionConfigSchema.parse({
  kind: "vision",
  methods: ["tilt", ...weighedMethods],
  steps: 3,
  seed: 2,
  model: { hiddenSize: 16, layers: 2, heads: 2, registers: 1, initializerRange: 0.3 },
  projectionHead: { hiddenSize: 16, bottleneckSize: 8, outputSize: 16 },
  pretrainSteps: 1,
  data: { rendered: true, unlabeled: 6, evaluatorHeads: 4, feedback: 4, linearProbe: 4, test: 4, unlabeledSize: 20 },
  crops: { globalSize: 16, localSize: 8, locals: 1 },
  batchSize: 2,
  learner: { learningRate: 1e-2, lrWarmupSteps: 1 },
  value: { burnInSteps: 0, updateEvery: 1, feedbackBatchSize: 4, alignedBlocks: 1 },
  designer: { tiltStrength: 3, keepRatio: 0.5 },
  evaluatorHeads: { initialUpdates: 2, batchSize: 2, minLossDrop: -9 },
  linearProbe: { steps: 4, batchSize: 2 },
  loader: { workers: 0 },
  backend: { compile: false, threads: 1 },
});
const progress = { setStatus: () => {}, log: () => {} };
const weights = { "1-1": { segmentation: 1, depth: 1 }, "1-0": { segmentation: 1, depth: 0 } };

it("trains a weighed method as the plain one but for weights, leaving no tensor or folder", async () => {
  const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("vpt-study-"));
  const kept = folders();
  const tensors = tf.memory().numTensors;
  const norms: Record<string, number> = {};
  const { methods, before } = await runVision(config, {
    progress,
    workload: weighedWorkload("tilt", weights),
    callbacks: [
      {
        onMethodEnd: ({ method, state }) => {
          norms[method] = tf.tidy(
            () => tf.addN(Object.values(state.params).map((x) => tf.sum(tf.square(x)))).dataSync()[0]!,
          );
        },
      },
    ],
  });
  expect(Object.keys(norms)).toEqual(["pretrain", "tilt", "1-1", "1-0"]);
  expect(norms["1-1"]).toBe(norms["tilt"]);
  expect(norms["1-0"]).not.toBe(norms["tilt"]);
  const [tilt, even, segmentation] = methods;
  expect(even!.scores).toEqual(tilt!.scores);
  for (const { metrics } of [before, segmentation!.scores])
    for (const name of ["mIoU", "rmse"]) expect(metrics[name]).toEqual(expect.any(Number));
  expect(tf.memory().numTensors).toBe(tensors);
  expect(folders().filter((name) => !kept.includes(name))).toEqual([]);
});

it("keeps a folder that it was given, and resumes what is there", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "kept-")), "seed-2");
  const one = { ...config, methods: ["baseline" as const], seed: 2 };
  const first = await runVision(one, { folder, progress });
  expect(existsSync(join(folder, "summary.json"))).toBe(true);
  const steps: number[] = [];
  const again = await runVision(one, {
    folder,
    progress,
    callbacks: [{ onStep: ({ step }) => void steps.push(step) }],
  });
  expect(steps).toEqual([]);
  expect(again.methods[0]!.scores).toEqual(first.methods[0]!.scores);
});

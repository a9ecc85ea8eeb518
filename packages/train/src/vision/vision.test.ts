import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { runVision } from "./run-vision.js";
import { visionBatches } from "./vision-batches.js";
import { visionConfigSchema, type VisionConfigInput } from "./config.js";
import { loadPools } from "./vision-data.js";
import { renderScene, type RgbImage } from "@vpt/data/images";

const tiny: VisionConfigInput = {
  kind: "vision",
  methods: ["baseline", "value"],
  steps: 4,
  model: { hiddenSize: 16, layers: 2, heads: 2, registers: 1 },
  projectionHead: { hiddenSize: 16, bottleneckSize: 8, outputSize: 16 },
  pretrainSteps: 1,
  data: { rendered: true, unlabeled: 8, evaluatorHeads: 4, feedback: 8, linearProbe: 4, test: 4, unlabeledSize: 20 },
  crops: { globalSize: 16, localSize: 8, locals: 1 },
  batchSize: 2,
  value: { burnInSteps: 1, feedbackBatchSize: 4, alignedBlocks: 1 },
  designer: { baseChannels: 4, depth: 2 },
  evaluatorHeads: { initialUpdates: 2, batchSize: 2, minLossDrop: -9 },
  linearProbe: { steps: 4, batchSize: 2 },
  saveEvery: 2,
  loader: { workers: 0 }, // threads give the same crops (crop-loader.test.ts), but take their time to start
  backend: { compile: false, threads: 1 },
};

it("a stopped run goes on bit for bit, and leaves its pictures", async () => {
  const folder = mkdtempSync(join(tmpdir(), "vision-"));
  const run = parseConfig(visionConfigSchema, tiny, "test");
  const go = (out: string, resume: boolean, stopAt = "never") => {
    const controller = new AbortController();
    const update = (line: string): void => {
      if (line.includes(stopAt)) controller.abort();
    };
    return runVision({
      run,
      out: join(folder, out),
      resume,
      signal: controller.signal,
      progress: { log: () => undefined, setStatus: update } as never,
    });
  };
  const whole = (await go("whole", false))!;
  expect(await go("cut", false, "value 3/4")).toBeUndefined();
  const resumed = (await go("cut", true))!;
  const scores = ({ methods }: typeof whole) => methods.map(({ method, mIoU, rmse }) => ({ method, mIoU, rmse }));
  expect(scores(resumed)).toEqual(scores(whole));
  const log = (out: string): string => readFileSync(join(folder, out, "value", "metrics.jsonl"), "utf8");
  expect(log("cut")).toBe(log("whole"));
  for (const picture of ["masks.png", "predictions.png"])
    expect(
      readFileSync(join(folder, "whole", picture))
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
});

it("an unknown key is named with its nearest neighbour; defaults are filled in", () => {
  expect(() => parseConfig(visionConfigSchema, { kind: "vision", designer: { smothness: 1 } }, "a.ts")).toThrow(
    /"designer.smothness"; did you mean "smoothness"/,
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
    loadPools(parseConfig(visionConfigSchema, { ...tiny, data: { ...data, ...more } }, "test"), () => undefined);
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

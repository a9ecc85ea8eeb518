import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { dinov3Config, initDinoHead, initViT, loadViT } from "@vpt/vision";
import { tensorFile } from "@vpt/weights";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exportVisionRun } from "./export-run.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-export-vision-"));
const run = join(folder, "run");
const model = { hiddenSize: 16, layers: 1, heads: 2, patchSize: 4, registers: 1, initializerRange: 0.1 };
const config = dinov3Config({ ...model, imageSize: 32 });
const backbone = (step: number) => initViT(config, step);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await tf.setBackend("cpu");
  mkdirSync(run);
  writeFileSync(join(run, "config.json"), JSON.stringify({ kind: "vision", model, methods: ["baseline", "value"] }));
  const checkpoints = createCheckpoints(join(run, "value", "checkpoints"), tensorFile, { keep: 2 });
  for (const step of [4, 8]) {
    const head = initDinoHead({ inputSize: 16, hiddenSize: 8, bottleneckSize: 4, outputSize: 8 }, 0);
    const params = { ...backbone(step), ...head };
    const state = createTrainState({ params, trainable: Object.keys(params), optimizer: adamW(), seed: 0 });
    await checkpoints.save({ state: { ...state, step }, data: null });
  }
});

it.each([
  [8, {}],
  [4, { step: 4 }],
])("writes the student after %i steps, which loadViT reads back bit for bit", async (step, options) => {
  const out = join(folder, `model-${step}`);
  const before = tf.memory().numTensors;
  expect(await exportVisionRun(run, { method: "value", out, ...options })).toEqual({
    out,
    method: "value",
    step,
    dtype: "f32",
  });
  expect(tf.memory().numTensors).toBe(before);
  const back = await loadViT(out);
  expect(back.config).toEqual(config);
  const expected = backbone(step);
  expect(Object.keys(back.params).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, tensor] of Object.entries(expected))
    expect(back.params[name]!.dataSync(), name).toEqual(tensor.dataSync());
  expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({ model_type: "dinov3_vit" });
});

it("names what is wrong", async () => {
  const out = join(folder, "no");
  await expect(exportVisionRun(folder, { out })).rejects.toThrow("no folder of a run");
  await expect(exportVisionRun(run, { out })).rejects.toThrow("method: expected one of baseline, value");
  await expect(exportVisionRun(run, { out, method: "value", step: 6 })).rejects.toThrow("checkpoint 6: not among");
});

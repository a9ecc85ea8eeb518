import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { dinov3Config, initDinoHead, initViT, saveViT } from "@vpt/vision";
import { tensorFile } from "@vpt/weights";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadEncoder } from "./load-encoder.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-load-encoder-"));
afterAll(() => rmSync(folder, { recursive: true }));
const model = { hiddenSize: 16, layers: 1, heads: 2, patchSize: 4, registers: 1, initializerRange: 0.1 };
const config = dinov3Config({ ...model, imageSize: 32 });
const stored = join(folder, "model");
const [fresh, continued] = [join(folder, "fresh"), join(folder, "continued")];
const values = ({ params }: { readonly params: Readonly<Record<string, tf.Tensor>> }) =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, [...tensor.dataSync()]]));
const backbone = (seed: number) => values({ params: initViT(config, seed) });

/** A run's folder whose checkpoints are backbones of the step as seed, with a projection head. */
async function writeRun(run: string, given: object | string, steps: Readonly<Record<string, readonly number[]>>) {
  mkdirSync(run);
  writeFileSync(
    join(run, "config.json"),
    JSON.stringify({ kind: "vision", model: given, methods: Object.keys(steps) }),
  );
  for (const [method, all] of Object.entries(steps))
    for (const step of all) {
      const head = initDinoHead({ inputSize: 16, hiddenSize: 8, bottleneckSize: 4, outputSize: 8 }, 0);
      const state = createTrainState({ params: { ...initViT(config, step), ...head }, optimizer: adamW(), seed: 0 });
      const checkpoints = createCheckpoints(join(run, method, "checkpoints"), tensorFile, { keep: 9 });
      await checkpoints.save({ state: { ...state, step }, data: null });
    }
}

beforeAll(async () => {
  await tf.setBackend("cpu");
  await saveViT(stored, { config, params: initViT(config, 77) });
  await writeRun(fresh, model, { baseline: [1, 2], value: [3, 10] });
  await writeRun(continued, stored, { value: [5] });
});

it("reads a model's folder", async () => {
  expect(values(await loadEncoder(stored))).toEqual(backbone(77));
});

it.each([
  ["the newest of a method", fresh, { method: "value" }, 10],
  ["the one after so many steps", fresh, { method: "value", checkpoint: 3 }, 3],
  ["that of the method's own folder", join(fresh, "baseline"), {}, 2],
  ["the only method's, of a run from a stored model", continued, {}, 5],
] as const)("takes %s without the projection head, and leaves no other tensor", async (_, name, options, seed) => {
  const said: string[] = [];
  const vit = await loadEncoder(name, { ...options, log: (line) => void said.push(line) });
  expect(values(vit)).toEqual(backbone(seed));
  expect(vit.config).toMatchObject({ hiddenSize: 16, layers: 1, patchSize: 4 });
  expect(said.at(-1)).toMatch(new RegExp(`the student of (value|baseline) at checkpoint ${seed}$`));
  const before = tf.memory().numTensors;
  tf.dispose((await loadEncoder(name, options)).params);
  expect(tf.memory().numTensors).toBe(before);
});

it("refuses a run of another kind, a method where there is no run, and a step that was not kept", async () => {
  const language = join(folder, "language");
  await writeRun(language, model, { value: [1] });
  writeFileSync(join(language, "config.json"), JSON.stringify({ kind: "language", methods: ["value"] }));
  await expect(loadEncoder(language)).rejects.toThrow(`${language}: expected a run of kind "vision"`);
  await expect(loadEncoder(stored, { method: "value" })).rejects.toThrow(/is no folder of a run; leave the method out/);
  await expect(loadEncoder(fresh, { method: "value", checkpoint: 4 })).rejects.toThrow(/4/);
  await expect(loadEncoder(fresh)).rejects.toThrow(/baseline.*value/);
});

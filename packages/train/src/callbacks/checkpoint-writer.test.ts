import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { adamW, createTrainState, type TrainState } from "@vpt/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkpointsIn, checkpointWriter } from "./checkpoint-writer.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "vpt-checkpoint-writer-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const state = (step: number): TrainState => ({
  ...createTrainState({
    params: { w: tf.tensor1d([step, 2]), frozen: tf.scalar(7) },
    trainable: ["w"],
    optimizer: adamW(),
    seed: 0,
    auxiliary: { teacher: { w: tf.tensor1d([-step, 1]) } },
  }),
  step,
});
const save = async (step: number, options = { keep: 2, kind: "vision" }) =>
  checkpointWriter(options).onCheckpoint!({ folder, method: "value", step, state: state(step), data: { step } });
const given = { w: tf.zeros([2]), frozen: tf.scalar(7) };

it("writes the state and the cursor of the batches, which come back as they were", async () => {
  await save(3);
  const saved = (await checkpointsIn(folder, { kind: "vision", method: "value" }).latest(given))!;
  expect(saved.data).toEqual({ step: 3 });
  expect(saved.state.step).toBe(3);
  expect([...saved.state.params["w"]!.dataSync()]).toEqual([3, 2]);
  expect([...saved.state.auxiliary["teacher"]!["w"]!.dataSync()]).toEqual([-3, 1]);
});

it("keeps the newest of them, as many as asked for", async () => {
  for (const step of [2, 4, 10]) await save(step);
  expect(readdirSync(join(folder, "checkpoints")).sort()).toEqual(["10", "4"]);
  await save(12, { keep: 1, kind: "vision" });
  expect(readdirSync(join(folder, "checkpoints"))).toEqual(["12"]);
});

it("marks whose they are: those of another modality or method are refused", async () => {
  await save(1);
  await expect(checkpointsIn(folder, { kind: "language", method: "value" }).latest(given)).rejects.toThrow(/language/);
  await expect(checkpointsIn(folder, { kind: "vision", method: "baseline" }).latest(given)).rejects.toThrow(/baseline/);
});

it("goes back to the one before where the newest is damaged", async () => {
  for (const step of [1, 2]) await save(step);
  const newest = join(folder, "checkpoints", "2");
  const file = readdirSync(newest).find((name) => name.startsWith("state."))!;
  writeFileSync(join(newest, file), readFileSync(join(newest, file)).subarray(0, 40));
  expect((await checkpointsIn(folder).latest(given))!.state.step).toBe(1);
});

it("has none in a folder where nothing was saved, and makes none", async () => {
  expect(await checkpointsIn(folder).latest(given)).toBeUndefined();
  expect(existsSync(join(folder, "checkpoints"))).toBe(false);
});

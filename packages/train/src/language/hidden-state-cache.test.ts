import { mkdtempSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { hiddenStateCache } from "./hidden-state-cache.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-prefix-"));
const modelPath = join(folder, "model.gguf");
const row = (...ids: number[]) => ({
  ids: Int32Array.from(ids),
  labels: Int32Array.from(ids),
  lossMask: new Uint8Array(ids.length),
});
const examples = [row(1, 2, 3), row(4)];
const cached = examples.map((example, i) => ({
  ...example,
  hidden: Float32Array.from({ length: example.ids.length * 2 }, (_, j) => i + j / 3),
}));
const open = (over: object = {}) =>
  hiddenStateCache({ modelPath, from: 28, backend: "cpu", examples, ...over }, join(folder, "prefix"));

beforeAll(async () => {
  await tf.setBackend("cpu");
  writeFileSync(modelPath, "weights");
});

it("gives back what it was given, to the bit, and leaves no tensor", async () => {
  const before = tf.memory().numTensors;
  expect(await open().read()).toBeUndefined();
  await open().write(cached);
  expect(await open().read()).toEqual(cached);
  expect(tf.memory().numTensors).toBe(before);
});

it("knows another block, other rows, another backend and a changed model", async () => {
  await open().write(cached);
  for (const over of [{ from: 27 }, { examples: [examples[0]!] }, { backend: "cuda" }])
    expect(await open(over).read()).toBeUndefined();
  writeFileSync(modelPath, "other weights");
  expect(await open().read()).toBeUndefined();
});

it("does not trust a damaged file, and keeps sixteen", async () => {
  await open().write(cached);
  for (const name of readdirSync(join(folder, "prefix"))) truncateSync(join(folder, "prefix", name), 40);
  expect(await open().read()).toBeUndefined();
  for (let from = 0; from < 18; from++) await open({ from }).write(cached);
  expect(readdirSync(join(folder, "prefix"))).toHaveLength(16);
});

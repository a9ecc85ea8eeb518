import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadViT } from "./load-vit.js";
import { saveViT } from "./save-vit.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-save-vit-"));
beforeAll(async () => void (await tf.setBackend("cpu")));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string): string => fileURLToPath(new URL(`../__fixtures__/${name}`, import.meta.url));
const numbersOf = (params: Readonly<Record<string, tf.Tensor>>) =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tensor.dataSync()]));

it.each(["dinov3", "dinov3-gated", "dinov2"])("%s: loadViT reads the saved folder back bit for bit", async (name) => {
  const vit = await loadViT(fixture(name));
  const before = tf.memory().numTensors;
  await saveViT(join(folder, name), { ...vit, params: { ...vit.params, "head.extra": tf.zeros([1]) } });
  expect(tf.memory().numTensors).toBe(before + 1);
  const back = await loadViT(join(folder, name));
  expect(back.config).toEqual(vit.config);
  expect(numbersOf(back.params)).toEqual(numbersOf(vit.params));
  await expect(saveViT(join(folder, name), vit)).rejects.toThrow(name);
});

it("refuses parameters of another model and a width that config.json cannot hold", async () => {
  const { config, params } = await loadViT(fixture("dinov2"));
  await expect(saveViT(join(folder, "no"), { config: { ...config, layers: 2 }, params })).rejects.toThrow("lacks");
  const odd = { ...config, intermediateSize: 24 };
  await expect(saveViT(join(folder, "no"), { config: odd, params })).rejects.toThrow();
});

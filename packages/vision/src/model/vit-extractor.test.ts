import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { renderScene } from "@vpt/data/images";
import { evaluateKnn, extractFeatures } from "@vpt/eval/imagenet";
import { beforeAll, expect, it } from "vitest";
import { scenes, tinyConfig } from "../testing/index.js";
import { imagenetView, normalizeImages, retrievalView } from "../views/index.js";
import { initViT, vitExtractor, vitFeatures } from "./index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const vit = () => ({ config: tinyConfig, params: initViT({ ...tinyConfig, initializerRange: 0.2 }, 0) });

it("gives the vectors of vitFeatures in the order of the images, sizes mixed", async () => {
  const model = vit();
  const images = [
    renderScene(0, { width: 16, height: 16 }),
    renderScene(1, { width: 24, height: 16 }),
    renderScene(2, { width: 16, height: 16 }),
  ].map(({ image }) => image);
  const both = await vitExtractor(model, { feature: "cls+mean" }).extract(images);
  for (const [i, image] of images.entries()) {
    const { cls_BD, patches_BHWD } = vitFeatures(model.config, model.params, normalizeImages([image]));
    const expected = tf.concat([cls_BD, tf.mean(patches_BHWD, [1, 2]) as tf.Tensor2D], 1).dataSync();
    both[i]!.forEach((value, j) => expect(value).toBeCloseTo(expected[j]!, 4));
  }
});

it("runs kNN of @vpt/eval: a training image is its own nearest neighbour", async () => {
  const test = scenes(6).map(({ image }, i) => ({ id: String(i), load: () => Promise.resolve(image), label: i % 3 }));
  const extractor = vitExtractor(vit());
  const train = { ...(await extractFeatures(extractor, test)), labels: test.map(({ label }) => label) };
  const record = await evaluateKnn(extractor, { train, test }, { classes: 3, k: 1 });
  expect(record.metrics["top1"]!.value).toBe(1);
});

it("views: short side and centre crop; long side in whole patches", () => {
  const { image } = renderScene(0, { width: 60, height: 30 });
  expect(imagenetView(image, { shortSide: 16, crop: 12 })).toMatchObject({ width: 12, height: 12 });
  expect(retrievalView(image, { patchSize: 4, longSide: 41 })).toMatchObject({ width: 40, height: 20 });
});

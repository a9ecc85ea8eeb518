import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { beforeAll, describe, expect, it } from "vitest";
import { applySoftMask } from "../dino/index.js";
import { tinyBatch } from "../testing/index.js";
import { identityMaskDesigner, randomMaskDesigner, sitMaskDesigner, unetMaskDesigner } from "./index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const batch = tinyBatch();
const learned = {
  unet: unetMaskDesigner({ baseChannels: 4, depth: 3, keepRatio: 0.7 }),
  "sit, a logit a pixel": sitMaskDesigner({ patchSize: 4, width: 12, layers: 1, heads: 3, keepRatio: 0.7 }),
  "sit, a logit a patch": sitMaskDesigner({
    patchSize: 4,
    width: 12,
    layers: 1,
    heads: 3,
    keepRatio: 0.7,
    maskResolution: "patch",
  }),
};
const maskOf = (task: object): tf.Tensor4D => (task as { mask_NHW1: tf.Tensor4D }).mask_NHW1;

describe.each(Object.entries(learned))("%s", (_, designer) => {
  it("starts near the keep share, in (0, 1), the same for the same seed; its gradient reaches every parameter", () => {
    const params = designer.init(1);
    const mask = maskOf(designer.design(params, batch, batch));
    expect(mask.shape).toEqual([4, 16, 16, 1]);
    expect(Math.abs(tf.mean(mask).dataSync()[0]! - 0.7)).toBeLessThan(0.1);
    expect([Math.min(...mask.dataSync()) > 0, Math.max(...mask.dataSync()) < 1]).toEqual([true, true]);
    expect(maskOf(designer.design(designer.init(1), batch, batch)).dataSync()).toEqual(mask.dataSync());
    expect(designer.baselineTask(batch, batch)).toEqual({});
    const names = Object.keys(params);
    const weights = tf.randomNormal(mask.shape, 0, 1, "float32", 5);
    const gradients = tf.grads((...tensors: tf.Tensor[]) =>
      tf.sum(
        tf.mul(
          maskOf(designer.design(Object.fromEntries(names.map((n, i) => [n, tensors[i]!])), batch, batch)),
          weights,
        ),
      ),
    )(names.map((n) => params[n]!));
    names.forEach((name, i) => expect(Number.isFinite(tf.norm(gradients[i]!).dataSync()[0]!), name).toBe(true));
  });
});

it("the penalty is λ(mean μ − κ)² + λ(mean |∂x μ| + mean |∂y μ|)", () => {
  const designer = unetMaskDesigner({ keepRatio: 0.5, keepRatioWeight: 2, smoothnessWeight: 3 });
  const mask_NHW1 = tf.tensor4d([0, 1, 0, 0], [1, 2, 2, 1]);
  const expected = 2 * (0.25 - 0.5) ** 2 + 3 * (0.5 + 0.5);
  expect(designer.penalty!({ mask_NHW1 }, batch, batch).dataSync()[0]).toBeCloseTo(expected, 5);
});

it("random masks come from the batch's noise alone, and need it", () => {
  const designer = randomMaskDesigner({ keepRatio: 0.6, cell: 4 });
  const mask = maskOf(designer.design({}, batch, batch));
  expect(maskOf(designer.baselineTask(batch, batch)).dataSync()).toEqual(mask.dataSync());
  expect(Math.abs(tf.mean(mask).dataSync()[0]! - 0.6)).toBeLessThan(0.15);
  const { noise_NHW1: _, ...silent } = batch;
  expect(() => designer.design({}, silent, silent)).toThrow(/has no noise/);
  expect(identityMaskDesigner().design({}, batch, batch)).toEqual({});
});

it("a soft mask of ones keeps every bit, one of zeros blurs", () => {
  const crops = batch.globals_NHWC;
  const of = (value: number): tf.Tensor4D => tf.fill([4, 16, 16, 1], value);
  expect(applySoftMask(crops, of(1)).dataSync()).toEqual(crops.dataSync());
  const roughness = (x: tf.Tensor4D): number =>
    tf
      .mean(tf.abs(tf.sub(tf.slice(x, [0, 0, 1, 0], [4, 16, 15, 3]), tf.slice(x, [0, 0, 0, 0], [4, 16, 15, 3]))))
      .dataSync()[0]!;
  expect(roughness(applySoftMask(crops, of(0), { blur: 32 }))).toBeLessThan(0.6 * roughness(crops));
});

import * as tf from "@tensorflow/tfjs";
import { randomFromSeed } from "@vpt/core";
import { randomBox } from "@vpt/data/images";
import { beforeAll, expect, it } from "vitest";
import { scenes, tinyConfig } from "../testing/index.js";
import { multiCrop, normalizeImages } from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const images = scenes(3, 24).map(({ image }) => image);
const crop = (seed: number, options = {}) =>
  multiCrop(images, randomFromSeed(seed, "x"), { globalSize: 16, localSize: 8, locals: 2, ...options });

it("has two global crops and the local ones of every image, the same for the same seed", () => {
  const [a, b, other] = [crop(1), crop(1), crop(2)];
  expect(a.globals_NHWC.shape).toEqual([6, 16, 16, 3]);
  expect(a.locals_NHWC!.shape).toEqual([6, 8, 8, 3]);
  expect(b.globals_NHWC.dataSync()).toEqual(a.globals_NHWC.dataSync());
  expect(other.globals_NHWC.dataSync()).not.toEqual(a.globals_NHWC.dataSync());
  expect(crop(1, { locals: 0 }).locals_NHWC).toBeUndefined();
  expect(() => multiCrop([], randomFromSeed(0))).toThrow(/no images/);
});

it("with the whole image as the crop and colours as they are, is the image or its mirror, resized", () => {
  const { globals_NHWC } = multiCrop([images[0]!], randomFromSeed(0), {
    globalSize: 24,
    locals: 0,
    globalScale: [1, 1],
    photometric: false,
  });
  const plain = normalizeImages([images[0]!]);
  const mirrored = tf.reverse(plain, 2);
  const distance = (i: number, to: tf.Tensor): number =>
    tf.max(tf.abs(tf.sub(tf.slice(globals_NHWC, [i, 0, 0, 0], [1, -1, -1, -1]), to))).dataSync()[0]!;
  for (const i of [0, 1]) expect(Math.min(distance(i, plain), distance(i, mirrored))).toBeLessThan(1e-5);
});

it("boxes stay inside and have the share of the area that was asked for", () => {
  const random = randomFromSeed(4);
  for (let i = 0; i < 200; i++) {
    const box = randomBox({ width: 100, height: 60 }, [0.3, 0.5], random);
    expect(box.left >= 0 && box.top >= 0 && box.left + box.width <= 100 && box.top + box.height <= 60).toBe(true);
    expect(Math.abs((box.width * box.height) / 6000 - 0.4)).toBeLessThan(0.12);
  }
  const thin = randomBox({ width: 1, height: 1 }, [0.05, 0.1], random);
  expect([thin.width, thin.height]).toEqual([1, 1]);
});

it("moves patch coordinates when a DINOv3 model is given", () => {
  const still = crop(1, { rotaryOf: { ...tinyConfig, rope: { shift: null, jitter: null, rescale: null } } });
  const moved = crop(1, { rotaryOf: tinyConfig });
  expect(moved.rotary!.globals.cos_TC.shape).toEqual([2 + 16, 8]);
  expect(moved.rotary!.globals.cos_TC.dataSync()).not.toEqual(still.rotary!.globals.cos_TC.dataSync());
});

import * as tf from "@tensorflow/tfjs";
import { decodeImage } from "@vpt/data/images";
import type { VisionBatch } from "@vpt/vision";
import { expect, it } from "vitest";
import { maskFigure, predictionFigure } from "./figures.js";
import type { Predicted } from "./score-vision.js";

const size = { width: 2, height: 1 };
const zoom = 48; // 96 / 2: tiles are enlarged to about 96 pixels
const red = [255, 0, 0];
const sample = {
  image: { ...size, data: Uint8Array.from([...red, 0, 0, 255]) },
  labels: { ...size, data: Uint8Array.from([0, 255]) },
  depth: { ...size, data: Float32Array.from([0, 8]) },
};
const read = async (png: Uint8Array) => {
  const { data, width, height } = await decodeImage(png);
  const at = (column: number, row: number, x: number): number[] => {
    const i = (row * (zoom + 4) + 1) * width + column * (2 * zoom + 4) + x * zoom + 1;
    return [...data.subarray(3 * i, 3 * i + 3)];
  };
  return { width, height, at };
};

it("shows image, labels and depths in rows, an image a column", async () => {
  const shown: Predicted[] = [
    { sample, labels: Int32Array.from([0, 0]), depth: Float32Array.from([8, 4]) },
    { sample, labels: Int32Array.from([1, 0]), depth: Float32Array.from([-1, 9]) },
  ];
  const { width, height, at } = await read(predictionFigure(shown, 2));
  expect([width, height]).toEqual([2 * (2 * zoom + 4), 5 * (zoom + 4)]);
  expect(at(0, 0, 0)).toEqual(red);
  expect(at(0, 1, 1)).toEqual([0, 0, 0]); // void is black
  expect(at(0, 2, 0)).toEqual(at(0, 1, 0)); // predicted as it is
  expect(at(1, 2, 0)).not.toEqual(at(1, 1, 0));
  expect([at(0, 3, 0), at(0, 3, 1)]).toEqual([
    [255, 255, 255],
    [0, 0, 0],
  ]); // near is bright
  expect(at(0, 4, 1)).toEqual([127, 127, 127]);
  expect([at(1, 4, 0), at(1, 4, 1)]).toEqual([
    [255, 255, 255],
    [0, 0, 0],
  ]); // clipped
});

it("leaves out what was not predicted", async () => {
  const labels = Int32Array.from([0, 0]);
  expect((await read(predictionFigure([{ sample, labels }], 2))).height).toBe(3 * (zoom + 4));
  const depth = Float32Array.from([1, 1]);
  expect((await read(predictionFigure([{ sample, depth }], 0))).height).toBe(3 * (zoom + 4));
});

it("shows at most six crops with their masks and what the student sees, and leaves no tensor behind", async () => {
  const globals_NHWC = tf.zeros([14, 1, 2, 3]) as tf.Tensor4D; // ImageNet's mean colour
  const designer = {
    design: (params: { readonly half?: tf.Tensor }, _: VisionBatch, { globals_NHWC: given }: VisionBatch) => ({
      mask_NHW1: tf.tile(params.half!.reshape([1, 1, 2, 1]), [given.shape[0], 1, 1, 1]),
    }),
  };
  const params = { half: tf.tensor1d([0, 1]) };
  const before = tf.memory().numTensors;
  const batch = { images: 7, globals_NHWC } as VisionBatch;
  const { width, height, at } = await read(await maskFigure(designer as never, params, batch, 1));
  expect(tf.memory().numTensors).toBe(before);
  expect([width, height]).toEqual([6 * (2 * zoom + 4), 3 * (zoom + 4)]);
  const colour = [0.485, 0.456, 0.406].map((mean) => Math.floor(255 * mean));
  expect(at(5, 0, 0)).toEqual(colour);
  expect([at(5, 1, 0), at(5, 1, 1)]).toEqual([
    [0, 0, 0],
    [255, 255, 255],
  ]);
  expect(at(5, 2, 1)).toEqual(colour); // one colour blurs to itself
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import { ShapeMismatchError } from "@vpt/contracts";
import { realizedDecrease } from "./realized-decrease.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("is η·V of an SGD step, over the names of g_down alone", () =>
  void tf.tidy(() => {
    const [down, pre, before] = [
      [1, -2],
      [3, 0.5],
      [0.1, 0.2],
    ];
    const after = { w: tf.tensor1d(before.map((x, i) => x - 0.1 * pre[i]!)), other: tf.scalar(9) };
    const value = realizedDecrease({ w: tf.tensor1d(down) }, { w: tf.tensor1d(before), other: tf.scalar(1) }, after);
    expect(value.dataSync()[0]).toBeCloseTo(0.1 * (3 - 1), 6);
  }));

it("is η·Σ|g_down|·sign for AdamW's first step, which only keeps signs", () =>
  void tf.tidy(() => {
    const params = { w: tf.tensor1d([0.1, 0.2]) };
    const optimizer = adamW();
    const { params: next } = optimizer.update(params, { w: tf.tensor1d([30, -0.01]) }, optimizer.init(params), 0.01);
    expect(realizedDecrease({ w: tf.tensor1d([2, 1]) }, params, next).dataSync()[0]).toBeCloseTo(0.01 * (2 - 1), 5);
  }));

it("refuses other shapes and leaves nothing behind", () => {
  const [w, v] = [tf.zeros([2]), tf.zeros([3])];
  const before = tf.memory().numTensors;
  expect(() => realizedDecrease({ w }, { w: v }, { w })).toThrow(ShapeMismatchError);
  realizedDecrease({ w }, { w }, { w }).dispose();
  expect(tf.memory().numTensors).toBe(before);
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { jvp } from "./jvp.js";
import { checkpointed } from "./checkpointed.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const layer = (x: tf.Tensor, { w, b }: Readonly<Record<string, tf.Tensor>>): tf.Tensor =>
  tf.tanh(tf.add(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), b!));
const given = () => ({
  x: tf.tensor2d([0.3, -0.2, 0.9, 0.1], [2, 2]),
  w: tf.tensor2d([0.5, -1, 0.25, 2], [2, 2]),
  b: tf.tensor1d([0.1, -0.3]),
});
const bits = (tensors: readonly tf.Tensor[]): number[][] => tensors.map((tensor) => [...tensor.dataSync()]);

it("gives the bits of the plain gradient, through two layers and a weight used twice", () => {
  const { x, w, b } = given();
  const loss = (through: typeof layer) =>
    tf.valueAndGrads((x, w, b) => tf.sum(tf.square(through(through(x!, { w: w!, b: b! }), { w: w!, b: b! }))))([
      x,
      w,
      b,
    ]);
  const plain = loss(layer);
  const again = loss((x, weights) => checkpointed(layer, x, weights));
  expect(bits([again.value, ...again.grads])).toEqual(bits([plain.value, ...plain.grads]));
});

it("has the tangent of the plain gradient", () => {
  const { x, w, b } = given();
  const gradient = (through: typeof layer) => (w: tf.Tensor) =>
    tf.grad((w) => tf.sum(tf.square(through(x, { w, b }))))(w);
  const direction = tf.tensor2d([1, -0.5, 0.25, 0.75], [2, 2]);
  const plain = jvp(gradient(layer), w, direction);
  const again = jvp(
    gradient((x, weights) => checkpointed(layer, x, weights)),
    w,
    direction,
  );
  expect(bits([again.value, again.tangent])).toEqual(bits([plain.value, plain.tangent]));
  expect(
    bits([again.tangent])
      .flat()
      .some((t) => t !== 0),
  ).toBe(true);
});

it("runs f twice, and keeps its inputs only", () => {
  const { x, w, b } = given();
  let runs = 0;
  const counted: typeof layer = (...args) => {
    runs++;
    return layer(...args);
  };
  const before = tf.memory().numTensors;
  tf.dispose(tf.grad((x) => tf.sum(checkpointed(counted, x, { w, b })))(x));
  expect(runs).toBe(2);
  expect(tf.memory().numTensors).toBe(before);
});

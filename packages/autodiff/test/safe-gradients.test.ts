import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { hvp } from "../src/index.js";
import { installSafeGradients, safeLogSoftmax, safeLogSumExp } from "../src/testing/index.js";
import { backends } from "./backends.js";
import { numbers, sizeOf } from "./case.js";
import { models } from "./models.js";

const doubleBackprop = (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor, v: tf.Tensor) =>
  tf.grad((y) => tf.sum(tf.mul(tf.grad(f)(y), v)))(x);

const cases: readonly (readonly [string, readonly number[], (x: tf.Tensor) => tf.Tensor])[] = [
  ...models
    .filter(({ shapes, name }) => shapes.length === 1 && !name.includes("logSoftmax"))
    .map(({ name, shapes, f }) => [name, shapes[0]!, f] as const),
  ["exp", [5], (x) => tf.sum(tf.exp(x))],
  ["tanh", [5], (x) => tf.sum(tf.mul(tf.tanh(x), x))],
  ["elu", [5], (x) => tf.sum(tf.mul(tf.elu(x), x))],
  ["max", [2, 5], (x) => tf.sum(tf.pow(tf.max(x, 1), 3))],
  ["max of all, kept", [2, 5], (x) => tf.sum(tf.square(tf.mul(tf.max(x, [0, 1], true), x)))],
  ["x·safeLogSoftmax(x)", [2, 4], (x) => tf.sum(tf.mul(x, safeLogSoftmax(x)))],
  ["safeLogSumExp²", [2, 4], (x) => tf.sum(tf.square(safeLogSumExp(x)))],
  ["safeLogSumExp, first axis", [2, 4], (x) => tf.sum(tf.square(safeLogSumExp(x, { axis: 0, keepDims: true })))],
  ["self-attention", [3, 2], (x) => tf.sum(tf.square(tf.matMul(tf.softmax(tf.matMul(x, x, false, true)), x)))],
];

describe.each(backends)("safe gradients on %s", (_, use) => {
  let uninstall = () => {};
  beforeAll(async () => void (await use()));
  afterEach(() => uninstall());

  it.each(cases)("%s: double backprop equals hvp and central differences", (_name, shape, f) => {
    uninstall = installSafeGradients();
    tf.tidy(() => {
      const values = numbers(sizeOf(shape), 1, [-1.5, 1.5]);
      const [x, v] = [
        tf.tensor(values, [...shape], "float32"),
        tf.tensor(numbers(values.length, 2), [...shape], "float32"),
      ];
      const exact = hvp(f, x, v).dataSync();
      const difference = tf.div(
        tf.sub(tf.grad(f)(tf.add(x, tf.mul(v, 1e-2))), tf.grad(f)(tf.sub(x, tf.mul(v, 1e-2)))),
        2e-2,
      );
      const scale = Math.max(1, ...exact.map(Math.abs));
      doubleBackprop(f, x, v)
        .dataSync()
        .forEach((z, i) => expect(Math.abs(z - exact[i]!) / scale).toBeLessThan(2e-5));
      // float32, step 1e-2
      difference.dataSync().forEach((z, i) => expect(Math.abs(z - exact[i]!) / scale).toBeLessThan(2e-3));
    });
  });

  it("puts the stock gradients back, which are wrong without a word", () =>
    void tf.tidy(() => {
      const silu = models.find(({ name }) => name === "SiLU")!.f;
      const x = tf.tensor1d(numbers(6, 1));
      const right = hvp(silu, x, tf.ones([6])).dataSync()[0]!;
      const stock = () => doubleBackprop(silu, x, tf.ones([6])).dataSync()[0]!;
      expect(Math.abs(stock() - right)).toBeGreaterThan(1e-3);
      installSafeGradients()();
      expect(Math.abs(stock() - right)).toBeGreaterThan(1e-3);
    }));

  it("agrees with the stock ops in value", () =>
    void tf.tidy(() => {
      const x = tf.tensor2d(numbers(8, 3, [-30, 30]), [2, 4]);
      const close = (a: tf.Tensor, b: tf.Tensor) =>
        a.dataSync().forEach((z, i) => expect(z).toBeCloseTo(b.dataSync()[i]!, 4));
      close(safeLogSoftmax(x), tf.logSoftmax(x));
      close(safeLogSumExp(x), tf.logSumExp(x, -1));
      close(safeLogSumExp(x, { axis: 0, keepDims: true }), tf.logSumExp(x, 0, true));
    }));
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { conjugateGradient } from "./conjugate-gradient.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const matrix = tf.tidy(() => {
  const a = tf.randomNormal([12, 8], 0, 1, "float32", 1);
  return tf.keep(tf.matMul(a, a, true).add(tf.eye(8)) as tf.Tensor2D);
});
const product = (w: tf.Tensor2D): tf.Tensor2D => tf.matMul(matrix, w);

it("solves each column in as many iterations as there are unknowns", () =>
  void tf.tidy(() => {
    const truth = tf.randomNormal([8, 3], 0, 1, "float32", 2) as tf.Tensor2D;
    const found = conjugateGradient(product, product(truth), tf.zeros([8, 3]), 12);
    expect(found.sub(truth).abs().max().dataSync()[0]).toBeLessThan(1e-4);
  }));

it("stays at a solution, and at zero for a column of zeros", () =>
  void tf.tidy(() => {
    const truth = tf.tensor2d([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0], [8, 2]);
    const found = conjugateGradient(product, product(truth), truth, 5);
    expect(found.sub(truth).abs().max().dataSync()[0]).toBeLessThan(1e-5);
  }));

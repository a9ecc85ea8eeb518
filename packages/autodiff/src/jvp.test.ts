import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { detached, hvp, jvp, stopGradient } from "./index.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
it("smoke", () => {
  const n = tf.memory().numTensors;
  tf.tidy(() => {
    const { value, tangent } = jvp((x) => tf.sum(tf.square(x)), tf.tensor1d([1, 2]), tf.tensor1d([1, 0]));
    expect([value.arraySync(), tangent.arraySync()]).toEqual([5, 2]);
    expect(Array.from(hvp((x) => tf.sum(tf.pow(x, 3)), tf.tensor1d([1, 2]), tf.tensor1d([1, 1])).dataSync())).toEqual([
      6, 12,
    ]);
    expect(
      tf
        .grad((x) => tf.mul(x, stopGradient(x)))(tf.scalar(3))
        .arraySync(),
    ).toBe(3);
    expect(jvp((x) => tf.mul(x, stopGradient(x)), tf.scalar(3), tf.scalar(1)).tangent.arraySync()).toBe(3);
    expect(
      tf
        .grad((x) => tf.mul(x, detached(() => tf.topk(tf.mul(x, 2), 1)).values).sum())(tf.tensor1d([3]))
        .arraySync(),
    ).toEqual([6]);
    const x = tf.scalar(0.7);
    const third = jvp(
      (y) => jvp((z) => tf.mul(z, tf.sigmoid(z)), y, tf.scalar(1)).tangent,
      x,
      tf.scalar(1),
    ).tangent.arraySync();
    const second = hvp((z) => tf.mul(z, tf.sigmoid(z)), x, tf.scalar(1)).arraySync();
    expect(third).toBeCloseTo(second, 6);
    console.log(second, third);
  });
  expect(tf.memory().numTensors).toBe(n);
});

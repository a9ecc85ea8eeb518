import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { namedGradients } from "./named-gradients.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("gives the loss and the gradient of what moves, by name; it hides what is fixed; leaves nothing behind", () => {
  const fixed = { w: tf.scalar(100), scale: tf.scalar(3) };
  const moving = { w: tf.tensor1d([1, -2]) };
  const count = tf.memory().numTensors;
  const { loss, gradient } = namedGradients(
    ({ w, scale }) => w!.square().sum().mul(scale!) as tf.Scalar,
    fixed,
    moving,
  );
  expect(loss.dataSync()[0]).toBe(15);
  expect(Object.keys(gradient)).toEqual(["w"]);
  expect([...gradient["w"]!.dataSync()]).toEqual([6, -12]);
  expect(tf.memory().numTensors).toBe(count + 2);
  tf.dispose([fixed, moving, loss, gradient]);
});

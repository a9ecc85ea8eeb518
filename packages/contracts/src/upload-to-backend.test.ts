import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { uploadToBackend } from "./upload-to-backend.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("is the tensor itself, also an empty one, and leaves nothing behind", () => {
  const [x, none] = [tf.tensor2d([[1, 2]]), tf.zeros([0, 3])];
  const before = tf.memory().numTensors;
  expect(uploadToBackend(x)).toBe(x);
  expect(uploadToBackend(none)).toBe(none);
  expect([...x.dataSync()]).toEqual([1, 2]);
  expect(tf.memory().numTensors).toBe(before);
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { readFloats } from "../testing/index.js";
import { depthLoss, depthOf, segmentationLoss } from "./dense-losses.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/**
 * Made by tools/make-vision-fixtures.py with PyTorch: void labels, depths of 0, NaN and infinity, maps that grow from 3
 * × 4 to 7 × 9.
 */
const golden = readFloats(new URL("../__fixtures__/losses.safetensors", import.meta.url));
const labels_BHW = tf.cast(golden["labels"]!, "int32") as tf.Tensor3D;
const depth_BHW = golden["depth"] as tf.Tensor3D;
type Loss = (map: tf.Tensor4D) => tf.Scalar;

it.each<[string, string, Loss]>([
  ["segmentation_valid", "logits", (map) => segmentationLoss(map, labels_BHW)],
  ["segmentation_all", "logits", (map) => segmentationLoss(map, labels_BHW, { average: "all" })],
  ["depth_1", "raw", (map) => depthLoss(depthOf(map), depth_BHW, { power: 1 })],
  ["depth_2", "raw", (map) => depthLoss(depthOf(map), depth_BHW, { power: 2 })],
])("%s and its gradient are PyTorch's", (name, input, loss) => {
  const { value, grad } = tf.valueAndGrad((map: tf.Tensor) => loss(map as tf.Tensor4D))(golden[input]!);
  expect(value.dataSync()[0]).toBeCloseTo(golden[name]!.dataSync()[0]!, 5);
  expect(tf.max(tf.abs(tf.sub(grad, golden[`${name}_gradient`]!))).dataSync()[0]).toBeLessThan(1e-6);
});

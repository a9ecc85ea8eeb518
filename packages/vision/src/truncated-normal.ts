import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, uploadToBackend } from "@vpt/core";

/** Normal values of that deviation, drawn again past two deviations; `name` gives each tensor a stream of its own. */
export function truncatedNormal(shape: readonly number[], deviation: number, seed: number, name: string): tf.Tensor {
  const random = randomFromSeed(seed, name);
  const values = new Float32Array(shape.reduce((size, length) => size * length, 1));
  for (let i = 0; i < values.length; i++) {
    let value = random.normal();
    while (Math.abs(value) > 2) value = random.normal();
    values[i] = deviation * value;
  }
  return uploadToBackend(tf.tensor(values, [...shape]));
}

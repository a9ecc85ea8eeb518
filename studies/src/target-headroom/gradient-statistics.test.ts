import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { gradientStatistics } from "./gradient-statistics.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

it("keeps means of squares, of the mean, with the labels and of the gain; frees its sums", () => {
  const vector = (...values: number[]) => ({ w: tf.tensor1d(values) });
  const [down, labels, a, b] = [vector(2, -1), vector(1, 3), vector(1, 0), vector(3, 2)] as const;
  const count = tf.memory().numTensors;
  const kinds = gradientStatistics(down);
  kinds.add("tilt", a, labels);
  kinds.add("tilt", b, labels);
  kinds.add("labels", labels, labels);
  expect(kinds.conclude()).toEqual({
    tilt: { square: (1 + 13) / 2, meanSquare: 4 + 1, withLabels: (1 + 9) / 2, gain: (2 + 4) / 2 },
    labels: { square: 10, meanSquare: 10, withLabels: 10, gain: -1 },
  });
  expect(tf.memory().numTensors).toBe(count);
});

import * as tf from "@tensorflow/tfjs";
import type { PixelMap } from "@vpt/data/images";
import type { DenseSample } from "@vpt/vision";
import { describe, expect, it } from "vitest";
import { patchClasses, patchNeighbours } from "./patch-neighbours.js";

const map = (rows: readonly (readonly number[])[]): PixelMap => ({
  data: rows.flat(),
  width: rows[0]!.length,
  height: rows.length,
});
/** A sample of 2 × 2 patches, one pixel each. */
const sample = (a: number, b: number, c: number, d: number): DenseSample => ({
  image: { data: new Uint8Array(12), width: 2, height: 2 },
  labels: map([
    [a, b],
    [c, d],
  ]),
});
/** Features of two numbers for each patch of each sample. */
const features = (...angles: readonly number[]): tf.Tensor4D =>
  tf.tensor4d(
    angles.flatMap((angle) => [3 * Math.cos(angle), 3 * Math.sin(angle)]),
    [angles.length / 4, 2, 2, 2],
  );
const options = { classes: 3, testImages: 1, seed: 0 };

describe("patchClasses", () => {
  it("takes the most frequent class of a patch, the lower of two, and none for void alone", () => {
    const labels = map([
      [0, 1, 2, 2, 255, 255],
      [1, 1, 0, 0, 7, 255],
      [2, 2, 1, 255, 0, 255],
      [2, 0, 255, 255, 255, 255],
    ]);
    expect(patchClasses(labels, [2, 3], 3)).toEqual([1, 0, -1, 2, 1, 0]);
  });

  it("counts pixels where a patch is no whole number of them", () => {
    // Five rows in two patches: rows 0 to 2 are the first
    expect(patchClasses(map([[0], [0], [1], [1], [1]]), [2, 1], 2)).toEqual([0, 1]);
  });
});

describe("patchNeighbours", () => {
  it("votes among all neighbours by exp(cosine / 0.07), and counts the patches that it names right", async () => {
    // Known: class 0 around angle 0, class 1 around 1.5, class 2 far off at 3; one void patch is left out
    const known = features(0, 0.1, 1.4, 1.5, 1.6, 3, 0.05, 1.45);
    const samples = [sample(0, 0, 1, 1), sample(1, 2, 255, 0)];
    const neighbours = await patchNeighbours({ samples, features_BHWD: known }, options);
    const test = { samples: [sample(0, 1, 2, 2)], features_BHWD: features(0.02, 1.5, 3.1, 0) };
    await neighbours.add(test);
    const vote = (angle: number): number => {
      const votes = [0, 0, 0];
      for (const [at, label] of [
        [0, 0],
        [0.1, 0],
        [1.4, 1],
        [1.5, 1],
        [1.6, 1],
        [3, 2],
        [1.45, 0],
      ] as const)
        votes[label]! += Math.exp(Math.cos(angle - at) / 0.07);
      return votes.indexOf(Math.max(...votes));
    };
    const right = [
      [0.02, 0],
      [1.5, 1],
      [3.1, 2],
      [0, 2],
    ].filter(([angle, label]) => vote(angle!) === label).length;
    expect(right).toBe(3);
    expect(neighbours.accuracy()).toBe(right / 4);
    tf.dispose([known, test.features_BHWD]);
  });

  it("draws a share of many patches, the same for the same seed, and leaves no tensor behind", async () => {
    const count = 1500; // 6000 patches on either side
    const samples = Array.from({ length: count }, (_, i) => sample(i % 3, (i + 1) % 3, 0, 1));
    const random = tf.randomNormal([count, 2, 2, 2], 0, 1, "float32", 7) as tf.Tensor4D;
    const before = tf.memory().numTensors;
    const accuracy = async (seed: number): Promise<number | undefined> => {
      const neighbours = await patchNeighbours(
        { samples, features_BHWD: random },
        { ...options, testImages: count, seed },
      );
      await neighbours.add({ samples, features_BHWD: random });
      return neighbours.accuracy();
    };
    const first = await accuracy(0);
    expect(await accuracy(0)).toBe(first);
    expect(await accuracy(1)).not.toBe(first);
    // Noise says nothing of the class: a third, or a little more for the classes that are more frequent
    expect(first).toBeGreaterThan(0.25);
    expect(first).toBeLessThan(0.6);
    expect(tf.memory().numTensors).toBe(before);
    random.dispose();
  });

  it("has no accuracy before the first test image, nor for features that are not finite", async () => {
    const known = features(0, 1, 2, 3);
    const samples = [sample(0, 1, 2, 0)];
    const neighbours = await patchNeighbours({ samples, features_BHWD: known }, options);
    expect(neighbours.accuracy()).toBeUndefined();
    await neighbours.add({ samples, features_BHWD: features(NaN, 0, 1, 2) });
    expect(neighbours.accuracy()).toBeUndefined();
    const broken = await patchNeighbours({ samples, features_BHWD: features(NaN, 0, 1, 2) }, options);
    await broken.add({ samples, features_BHWD: known });
    expect(broken.accuracy()).toBeUndefined();
    const unlabelled = await patchNeighbours({ samples: [sample(255, 255, 9, 3)], features_BHWD: known }, options);
    await unlabelled.add({ samples, features_BHWD: known });
    expect(unlabelled.accuracy()).toBeUndefined();
  });
});

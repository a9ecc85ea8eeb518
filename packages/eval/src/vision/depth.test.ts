import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import { createDepthMeter, depthErrors, eigenCrop } from "./depth.js";
import {
  averageWithFlip,
  createNyuDepthMeter,
  metresFromMillimetres,
  nyuDepthErrors,
  nyuSubsets,
  parseBtsList,
} from "./nyuv2.js";

const none = { width: 1, crop: "none" } as const;

describe("depthErrors", () => {
  it("equals NumPy, with and without Eigen's crop, at several sizes", () => {
    for (const { width, crop, prediction, truth, errors } of numbers.depth) {
      const got = depthErrors(prediction, truth, { width, crop: crop as "none" | "eigen" });
      for (const [name, expected] of Object.entries(errors)) {
        expect(got[name as keyof typeof got], name).toBeCloseTo(expected, name === "silog" ? 8 : 11);
      }
    }
  });

  it("is 0 for the truth, and as the algebra says for 1.1 times the truth", () => {
    const truth = Float64Array.from({ length: 50 }, (_, i) => 0.5 + i * 0.17);
    expect(depthErrors(truth, truth, none)).toMatchObject({ rmse: 0, absRel: 0, silog: 0, delta1: 1, validPixels: 50 });
    const tenth = depthErrors(
      truth.map((g) => 1.1 * g),
      truth,
      none,
    );
    expect(tenth.absRel).toBeCloseTo(0.1, 12);
    expect(tenth.log10).toBeCloseTo(0.04139, 5);
    expect(tenth.silog).toBeCloseTo(0, 5);
    expect(tenth.delta1).toBe(1);
  });

  it("counts only truth strictly inside the range", () => {
    expect(depthErrors([1, 1, 1, 1, 1, 1], [0, 0.001, 10, NaN, -1, 9.999], none).validPixels).toBe(1);
  });

  it("clips predictions: NaN and -∞ to the minimum, +∞ to the maximum", () => {
    const mae = (p: number) => depthErrors([p], [5], none).mae;
    expect([NaN, -Infinity, -3, 0].map(mae)).toEqual([4.999, 4.999, 4.999, 4.999]);
    expect([Infinity, 80].map(mae)).toEqual([5, 5]);
  });

  it("deltas are strict", () => {
    expect(depthErrors([1.25], [1], none)).toMatchObject({ delta1: 0, delta2: 1 });
    expect(depthErrors([1], [1.25], none)).toMatchObject({ delta1: 0, delta2: 1 });
  });

  it("is NaN without a valid pixel, also for an empty map", () => {
    expect(depthErrors([1], [0], none)).toMatchObject({ rmse: NaN, delta1: NaN, validPixels: 0 });
    expect(depthErrors([], [], none).validPixels).toBe(0);
  });

  it("crops rows 45..470 and columns 41..600 by default, truncated at other sizes", () => {
    expect(eigenCrop(640, 480)).toEqual({ top: 45, bottom: 471, left: 41, right: 601 });
    expect(eigenCrop(320, 240)).toEqual({ top: 22, bottom: 235, left: 20, right: 300 });
    const map = new Float32Array(640 * 480).fill(1);
    expect(depthErrors(map, map, { width: 640 }).validPixels).toBe(426 * 560);
    expect(depthErrors(map, map, { width: 640, crop: "none" }).validPixels).toBe(640 * 480);
  });

  it("refuses maps that do not fit", () => {
    expect(() => depthErrors([1, 2], [1], none)).toThrow("depthErrors: truth: expected 2");
    expect(() => depthErrors([1, 2, 3], [1, 2, 3], { width: 2 })).toThrow("3 / 2");
    expect(() => depthErrors([1], [1], { width: 1, minDepth: 5, maxDepth: 2 })).toThrow("0 < minDepth < maxDepth");
    expect(() => depthErrors([1], [1], { width: 1, crop: "garg" as never })).toThrow("none, eigen");
  });
});

describe("the score of a data set", () => {
  it("is the mean over images, which pooling is not; empty images are skipped", () => {
    const meter = createDepthMeter(none);
    meter.add([2], [1]);
    meter.add([1, 1, 1], [1, 1, 1]);
    expect(meter.add([1], [0]).validPixels).toBe(0);
    expect(meter.scores()).toMatchObject({ images: 2, validPixels: 4, rmsePooled: 0.5 });
    expect(meter.scores().mean.rmse).toBe(0.5);
    expect(createDepthMeter(none).scores().mean.rmse).toBeNaN();
  });

  it("NYUv2 has its range and crop", () => {
    const truth = new Float32Array(640 * 480).fill(9.5);
    const prediction = new Float32Array(640 * 480).fill(20); // clipped to 10
    expect(nyuDepthErrors(prediction, truth)).toMatchObject({ rmse: 0.5, validPixels: 426 * 560 });
    expect(nyuDepthErrors(prediction, truth, { crop: "none" }).validPixels).toBe(640 * 480);
    expect(createNyuDepthMeter().add(prediction, truth).mae).toBe(0.5);
  });
});

describe("NYUv2 files", () => {
  it("reads millimetres, mirrors predictions back, parses lists", () => {
    expect([...metresFromMillimetres(Uint16Array.of(0, 1500))]).toEqual([0, 1.5]);
    expect([...averageWithFlip([1, 2, 3, 4], [2, 1, 4, 3], { width: 2 })]).toEqual([1, 2, 3, 4]);
    expect(
      parseBtsList(
        "/b/rgb_1.jpg /b/sync_1.png 518.8579\n/a/rgb_0.jpg None 518.8579\n\na/rgb_2.jpg a/sync_2.png 518.8\n",
      ),
    ).toEqual([
      { image: "a/rgb_2.jpg", depth: "a/sync_2.png", focal: 518.8 },
      { image: "b/rgb_1.jpg", depth: "b/sync_1.png", focal: 518.8579 },
    ]);
    expect(() => parseBtsList("a b c\n")).toThrow("line 1");
  });

  it("splits the 795 training images as the paper's sizes ask", () => {
    const { head, feedback } = nyuSubsets(
      Array.from({ length: 795 }, (_, i) => i),
      { seed: 0 },
    );
    expect([head.length, feedback.length, new Set([...head, ...feedback]).size]).toEqual([512, 128, 640]);
  });
});

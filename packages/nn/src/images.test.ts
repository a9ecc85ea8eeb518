import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { axialRotaryTables } from "./axial-rotary.js";
import { conv2d } from "./conv.js";
import { gaussianMatrix } from "./gaussian-matrix.js";
import { groupNorm } from "./group-norm.js";
import { upsampleBilinear } from "./upsample-bilinear.js";
import { interpolationMatrix } from "./interpolation-matrix.js";
import { embedPatches } from "./patches.js";
import { reflectionPad2d } from "./reflection-pad.js";
import { separableResample } from "./separable-resample.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Made by tools/make-vision-fixtures.py. */
const golden = (() => {
  const bytes = readFileSync(new URL("./__fixtures__/images.safetensors", import.meta.url));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  return (name: string): tf.Tensor => {
    const {
      shape,
      data_offsets: [from, to],
    } = header[name]!;
    return tf.tensor(new Float32Array(Uint8Array.from(bytes.subarray(start + from, start + to)).buffer), shape);
  };
})();
const x = (): tf.Tensor4D => golden("x") as tf.Tensor4D;
const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

/** Largest error of tf.grad of `⟨f(x), w⟩` against central differences at a few entries. */
function gradientError(f: (x: tf.Tensor4D) => tf.Tensor, at: tf.Tensor4D): number {
  const weights = tf.randomNormal(f(at).shape, 0, 1, "float32", 7);
  const loss = (v: tf.Tensor): tf.Scalar => tf.sum(tf.mul(f(v as tf.Tensor4D), weights));
  const gradient = tf.grad(loss)(at).dataSync();
  const values = at.dataSync();
  const moved = (i: number, by: number): number => {
    const copy = Float32Array.from(values);
    copy[i]! += by;
    return loss(tf.tensor(copy, at.shape)).dataSync()[0]!;
  };
  const errors = [0, 7, 101, values.length - 1].map((i) =>
    Math.abs((moved(i, 0.05) - moved(i, -0.05)) / 0.1 - gradient[i]!),
  );
  return Math.max(...errors);
}

describe("against PyTorch", () => {
  it("conv2d with a reflected border and a stride, and with a border of zeros", () => {
    const params = { weight: golden("weight") as tf.Tensor4D, bias: golden("bias") as tf.Tensor1D };
    expect(largest(conv2d(x(), params, { stride: 2 }), golden("conv_reflect_stride2"))).toBeLessThan(1e-4);
    expect(largest(conv2d(x(), params, { border: "zero" }), golden("conv_zero"))).toBeLessThan(1e-4);
    expect(gradientError((v) => conv2d(v, params, { stride: 2 }), x())).toBeLessThan(1e-2);
  });

  it("groupNorm", () => {
    const params = { weight: golden("gamma") as tf.Tensor1D, bias: golden("beta") as tf.Tensor1D, groups: 3 };
    expect(largest(groupNorm(x(), params), golden("group_norm"))).toBeLessThan(1e-5);
    expect(gradientError((v) => groupNorm(v, params), x())).toBeLessThan(2e-2);
  });

  it.each(["bilinear", "bicubic"] as const)("%s resizing up and down", (kind) => {
    const to = (h: number, w: number, antialias = false): tf.Tensor4D =>
      separableResample(
        x(),
        interpolationMatrix(7, h, kind, { antialias }),
        interpolationMatrix(5, w, kind, { antialias }),
      );
    expect(
      largest(
        separableResample(x(), interpolationMatrix(7, 13, kind), interpolationMatrix(5, 11, kind)),
        golden(`${kind}_up`),
      ),
    ).toBeLessThan(1e-5);
    expect(x().shape).toEqual([2, 7, 5, 6]);
    expect(largest(to(3, 4), golden(`${kind}_down`))).toBeLessThan(1e-5);
    expect(largest(to(3, 4, true), golden(`${kind}_antialias`))).toBeLessThan(1e-5);
  });
});

describe("by their definitions", () => {
  it("grow is bilinear resampling, gradient and all", () => {
    const [rows, columns] = [interpolationMatrix(7, 13, "bilinear"), interpolationMatrix(5, 10, "bilinear")];
    expect(largest(upsampleBilinear(x(), [13, 10]), separableResample(x(), rows, columns))).toBeLessThan(1e-5);
    expect(gradientError((v) => upsampleBilinear(v, [13, 10]), x())).toBeLessThan(1e-2);
  });

  it.each([
    [3, 4],
    [1, 1],
    [1, 2],
    [2, 0],
    [8, 9],
  ] as const)("a reflected border of %i and %i has the gradient of its copies", (height, width) => {
    const at = (i: number, length: number): number =>
      Math.min(length - 1, Math.max(0, i < 0 ? -i : i >= length ? 2 * length - 2 - i : i));
    const indices = (length: number, border: number): number[] =>
      Array.from({ length: length + 2 * border }, (_, i) => at(i - border, length));
    const picked = (v: tf.Tensor): tf.Tensor => tf.gather(tf.gather(v, indices(7, height), 1), indices(5, width), 2);
    expect(largest(reflectionPad2d(x(), [height, width]), picked(x()))).toBe(0);
    expect(gradientError((v) => reflectionPad2d(v, [height, width]), x())).toBeLessThan(1e-2);
  });

  it("resample has the gradient of its matrices, off the square too", () => {
    const [rows, columns] = [interpolationMatrix(7, 9, "bilinear"), interpolationMatrix(5, 3, "bilinear")];
    expect(gradientError((v) => separableResample(v, rows, columns), x())).toBeLessThan(1e-2);
  });

  it("a Gaussian keeps constants and sums to one in every row, with borders longer than the image too", () => {
    for (const length of [1, 2, 5, 33]) {
      const rows = tf.sum(gaussianMatrix(length, 4), 1).dataSync();
      rows.forEach((sum) => expect(sum).toBeCloseTo(1, 5));
    }
  });

  it("embedPatches is the convolution whose stride is its kernel", () => {
    const image = tf.randomNormal([2, 8, 12, 3], 0, 1, "float32", 3) as tf.Tensor4D;
    const weight = tf.randomNormal([5, 3, 4, 4], 0, 1, "float32", 4) as tf.Tensor4D;
    const bias = tf.randomNormal([5], 0, 1, "float32", 5) as tf.Tensor1D;
    const convolved = tf.add(tf.conv2d(image, tf.transpose(weight, [2, 3, 1, 0]) as tf.Tensor4D, 4, "valid"), bias);
    expect(largest(embedPatches(image, { weight, bias }), tf.reshape(convolved, [2, 6, 5]))).toBeLessThan(1e-5);
    expect(() => embedPatches(image, { weight: tf.zeros([5, 3, 5, 5]) as tf.Tensor4D })).toThrow(
      /multiples of the patch side 5/,
    );
  });

  it("axial tables leave the prefix alone, and augmentation moves the patches", () => {
    const still = axialRotaryTables({ rows: 2, columns: 3, width: 8, theta: 100, prefix: 2 });
    expect(
      tf
        .slice(still.cos_TC, 0, [2, 8])
        .dataSync()
        .every((c) => c === 1),
    ).toBe(true);
    expect(
      tf
        .slice(still.sin_TC, 0, [2, 8])
        .dataSync()
        .every((s) => s === 0),
    ).toBe(true);
    const moved = axialRotaryTables({
      rows: 2,
      columns: 3,
      width: 8,
      theta: 100,
      prefix: 2,
      augmentation: { stretch: [2, 1], shift: [0.1, 0] },
    });
    // y angle of the first patch, j = 0: 2π(−½ + 0.1)·2
    expect(moved.cos_TC.arraySync()[2]![0]).toBeCloseTo(Math.cos(2 * Math.PI * -0.8), 5);
  });
});

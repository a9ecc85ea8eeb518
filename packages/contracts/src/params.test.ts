import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { ShapeMismatchError, VptError } from "./errors.js";
import { assertSameStructure, clipByGlobalNorm, globalNorm, innerProduct, pick } from "./params.js";
import { numbersOf } from "./testing/index.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const at = (scalar: tf.Scalar): number => scalar.dataSync()[0]!;

describe("clipByGlobalNorm", () => {
  it("scales all tensors by one factor when their common norm is above the maximum", () =>
    void tf.tidy(() => {
      const { clipped, norm } = clipByGlobalNorm({ a: tf.tensor1d([3, 0]), b: tf.tensor2d([[4]]) }, 1);
      expect(at(norm)).toBe(5);
      expect(numbersOf(clipped)).toEqual({ a: [Math.fround(0.6), 0], b: [Math.fround(0.8)] });
    }));

  it("leaves what is below the maximum as it is, bit for bit, and zeros", () =>
    void tf.tidy(() => {
      const small = { a: tf.tensor1d([0.3, -0.1]) };
      expect(numbersOf(clipByGlobalNorm(small, 1).clipped)).toEqual(numbersOf(small));
      expect(numbersOf(clipByGlobalNorm({ a: tf.zeros([2]) }, 1).clipped)).toEqual({ a: [0, 0] });
    }));

  it("returns new tensors and the norm, and nothing else", () => {
    const given = { a: tf.tensor1d([3, 4]) };
    const before = tf.memory().numTensors;
    const result = clipByGlobalNorm(given, 1);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([result.clipped, result.norm, given]);
  });
});

describe("innerProduct and globalNorm", () => {
  it("add over all tensors; nothing gives 0", () =>
    void tf.tidy(() => {
      const a = { x: tf.tensor1d([1, 2]), y: tf.tensor2d([[3]]) };
      expect(at(innerProduct(a, { x: tf.tensor1d([4, 5]), y: tf.tensor2d([[-6]]) }))).toBe(-4);
      expect(at(globalNorm(a))).toBeCloseTo(Math.sqrt(14), 6);
      expect(at(innerProduct({}, {}))).toBe(0);
    }));

  it("add in the order of names, so that a record read back from a file gives the same bits", () =>
    void tf.tidy(() => {
      // float32: (a + b) + c is 0, (a + c) + b is 1
      const parts = { a: tf.scalar(1e8), b: tf.scalar(1), c: tf.scalar(-1e8) };
      const ones = { a: tf.scalar(1), b: tf.scalar(1), c: tf.scalar(1) };
      const turned = Object.fromEntries(Object.entries(parts).reverse());
      const mixed = { a: parts.a, c: parts.c, b: parts.b };
      expect([turned, mixed].map((record) => at(innerProduct(record, ones)))).toEqual([0, 0]);
    }));
});

describe("pick and assertSameStructure", () => {
  it("name what is missing", () =>
    void tf.tidy(() => {
      const a = { x: tf.zeros([2]) };
      expect(() => pick(a, ["y"])).toThrow(VptError);
      expect(() => pick(a, ["y"])).toThrow('parameter "y": not among the 1 given');
      expect(() => assertSameStructure(a, {}, "g")).toThrow('g: no tensor for "x"');
      expect(() => assertSameStructure(a, { ...a, z: tf.zeros([1]) }, "g")).toThrow('g: "z" has no counterpart');
      expect(() => assertSameStructure(a, { x: tf.zeros([3]) }, "g")).toThrow(ShapeMismatchError);
      expect(() => assertSameStructure(a, { x: tf.zeros([3]) }, "g")).toThrow(
        'g "x": expected shape [2], received [3]',
      );
    }));
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { alignmentCosine, alignmentValue } from "./alignment-value.js";
import { ShapeMismatchError, VptError } from "@vpt/contracts";

beforeAll(async () => void (await tf.setBackend("cpu")));

const at = (scalar: tf.Scalar): number => scalar.dataSync()[0]!;

describe("alignmentValue", () => {
  it("is the inner product over all parameters", () =>
    void tf.tidy(() => {
      const down = { w: tf.tensor1d([1, 2]), b: tf.tensor2d([[3]]) };
      expect(at(alignmentValue(down, { w: tf.tensor1d([3, 1]), b: tf.tensor2d([[-2]]) }))).toBe(-1);
    }));

  it("refuses other names and other shapes", () =>
    void tf.tidy(() => {
      const [one, two] = [{ w: tf.zeros([1]) }, { w: tf.zeros([2]) }];
      expect(() => alignmentValue(one, two)).toThrow(ShapeMismatchError);
      expect(() => alignmentValue(one, two)).toThrow('alignmentValue "w": expected shape [1], received [2]');
      expect(() => alignmentValue(one, {})).toThrow(VptError);
      expect(() => alignmentValue({}, one)).toThrow('alignmentValue: "w" has no counterpart');
    }));
});

describe("alignmentCosine", () => {
  it("is the value over the norms, whatever their scale; 0 where one vanishes", () =>
    void tf.tidy(() => {
      const [a, b] = [{ w: tf.tensor1d([3, 4]) }, { w: tf.tensor1d([4, 3]) }];
      expect(at(alignmentCosine(a, b))).toBeCloseTo(24 / 25, 6);
      expect(at(alignmentCosine(a, { w: tf.tensor1d([4e3, 3e3]) }))).toBeCloseTo(24 / 25, 6);
      expect(at(alignmentCosine(a, { w: tf.zeros([2]) }))).toBe(0);
      expect(() => alignmentCosine(a, { w: tf.zeros([3]) })).toThrow(ShapeMismatchError);
    }));
});

it.each([alignmentValue, alignmentCosine])("%o frees everything but its result", (align) => {
  const [a, b] = [{ w: tf.tensor1d([1, 2]) }, { w: tf.tensor1d([3, 1]) }];
  const before = tf.memory().numTensors;
  const result = align(a, b);
  expect(tf.memory().numTensors).toBe(before + 1);
  tf.dispose([result, a, b]);
});

import { decoderShapes } from "@vpt/lang";
import { expect, it } from "vitest";
import { randomRows, shapes } from "./shapes.js";

const parametersOf = (name: keyof typeof shapes): number =>
  Object.values(decoderShapes(shapes[name])).reduce(
    (sum, axes) => sum + axes.reduce((size, axis) => size * axis, 1),
    0,
  );

it("has the size that its name says", () => {
  expect(parametersOf("smollm2-135m")).toBe(134_515_008);
  expect(parametersOf("tiny")).toBeLessThan(200_000);
});

it("divides its width among its heads, and its heads among keys and values", () => {
  for (const { hiddenSize, heads, headDim, keyValueHeads } of Object.values(shapes)) {
    expect(heads * headDim).toBe(hiddenSize);
    expect(heads % keyValueHeads).toBe(0);
  }
});

it("draws rows of tokens of the vocabulary, every position counted, the same for a seed", () => {
  const rows = randomRows(shapes.tiny, 3, 20);
  expect(rows).toHaveLength(3);
  for (const { ids, labels, lossMask } of rows) {
    expect([ids.length, labels.length, [...lossMask].every((counted) => counted === 1)]).toEqual([20, 20, true]);
    expect(Math.max(...ids, ...labels)).toBeLessThan(shapes.tiny.vocabSize);
  }
  expect(randomRows(shapes.tiny, 3, 20)).toEqual(rows);
  expect(randomRows(shapes.tiny, 3, 20, 1)).not.toEqual(rows);
  expect(rows[0]!.ids).not.toEqual(rows[1]!.ids);
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { largestIds } from "./largest-ids.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

/** Sorted by value, then by column, in JavaScript. */
const sorted = (row: readonly number[], count: number): number[] =>
  row
    .map((_, column) => column)
    .sort((a, b) => row[b]! - row[a]! || a - b)
    .slice(0, count);

describe("largestIds", () => {
  it.each([
    { columns: 1024, count: 4, values: 1e9 },
    { columns: 1024, count: 4, values: 5 }, // many equals
    { columns: 1024, count: 1, values: 2 },
    { columns: 8 * 101, count: 20, values: 50 },
    { columns: 997, count: 5, values: 1e9 }, // no groups
    { columns: 64, count: 40, values: 1e9 }, // too few groups
  ])("is a whole sort: $count of $columns columns, $values different values", ({ columns, count, values }) => {
    const numbers = tf
      .randomUniform([7, columns], 0, 1, "float32", columns + count)
      .mul(values)
      .floor();
    const chosen = largestIds(numbers as tf.Tensor2D, count);
    expect(chosen.dtype).toBe("int32");
    const rows = numbers.arraySync() as number[][];
    expect(chosen.arraySync()).toEqual(rows.map((row) => sorted(row, count)));
  });
});

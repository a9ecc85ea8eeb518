import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import type { Json } from "./stream.js";
import {
  batchTensors,
  fromArray,
  packExamples,
  repeat,
  stackRows,
  type PackedRow,
  type PackOptions,
  type TokenizedExample,
} from "./index.js";

const pack = async (examples: readonly TokenizedExample[], options: PackOptions) => {
  const rows: PackedRow[] = [];
  for await (const row of packExamples(fromArray(examples), options)) rows.push(row);
  return rows;
};
const plain = ({ ids, labels, lossMask }: PackedRow) => [[...ids], [...labels], [...lossMask]];

const two: readonly TokenizedExample[] = [
  { prompt: [10, 11], answer: [20, 21] },
  { prompt: [12], answer: [22] },
];

describe("packExamples", () => {
  it("joins examples end to end and cuts every T tokens", async () => {
    const rows = await pack(two, { length: 4, eos: 1 });
    expect(rows.map(plain)).toEqual([
      [
        [10, 11, 20, 21],
        [11, 20, 21, 1],
        [0, 1, 1, 1],
      ],
      [
        [1, 12, 22, 1],
        [12, 22, 1, 0],
        [0, 1, 1, 0],
      ],
    ]);
  });

  it("keeps examples whole", async () => {
    expect((await pack(two, { length: 5, packing: "whole" })).map(plain)).toEqual([
      [
        [10, 11, 20, 21, 12],
        [11, 20, 21, 12, 22],
        [0, 1, 1, 0, 1],
      ],
    ]);
    expect((await pack(two, { length: 4, packing: "whole", pad: 9 })).map(plain)).toEqual([
      [
        [10, 11, 20, 21],
        [11, 20, 21, 9],
        [0, 1, 1, 0],
      ],
      [
        [12, 22, 9, 9],
        [22, 9, 9, 9],
        [1, 0, 0, 0],
      ],
    ]);
  });

  it("gives each example its row", async () => {
    const rows = await pack(two, { length: 5, packing: "none" });
    expect(rows.map(({ ids }) => [...ids])).toEqual([
      [10, 11, 20, 21, 0],
      [12, 22, 0, 0, 0],
    ]);
  });

  it("predicts every answer token exactly once, in every mode", async () => {
    const examples = Array.from({ length: 50 }, (_, i) => ({
      prompt: Array.from({ length: 1 + (i % 5) }, () => 5),
      answer: Array.from({ length: 1 + (i % 8) }, (_unused, j) => 1000 + i * 10 + j),
    }));
    const wanted = examples.flatMap(({ answer }) => answer);
    for (const packing of ["split", "whole", "none"] as const) {
      const rows = await pack(examples, { length: 16, packing });
      expect(rows.flatMap(({ labels, lossMask }) => [...labels].filter((_, t) => lossMask[t] === 1))).toEqual(wanted);
      for (const { ids, labels } of rows)
        for (let t = 0; t + 1 < 16; t++) if (labels[t] !== 0) expect(ids[t + 1]).toBe(labels[t]);
    }
  });

  it("leaves out rows that nothing in them counts in: empty answers, prompts longer than a row", async () => {
    const long = { prompt: Array.from({ length: 20 }, () => 5), answer: [7] };
    expect(await pack([long], { length: 8, packing: "none" })).toEqual([]);
    expect(await pack([long], { length: 8, packing: "whole" })).toEqual([]);
    expect(await pack([{ prompt: [1, 2], answer: [] }], { length: 8 })).toEqual([]);
    expect((await pack([long], { length: 8 })).map(plain)).toEqual([
      [
        [5, 5, 5, 5, 7, 0, 0, 0],
        [5, 5, 5, 7, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0],
      ],
    ]);
  });

  it("says which example each position is of, also across a cut and a stop", async () => {
    const three = [...two, { prompt: [13, 14, 15], answer: [23] }];
    const documents = (rows: readonly PackedRow[]) => rows.map(({ document }) => [...document]);
    expect(documents(await pack(three, { length: 5, eos: 1 }))).toEqual([
      [1, 1, 1, 1, 1],
      [1, 1, 1, 2, 2],
      [1, 1, 1, 0, 0],
    ]);
    const stream = packExamples(fromArray(three), { length: 5, eos: 1 });
    await stream.next();
    const again = packExamples(fromArray(three), { length: 5, eos: 1 });
    again.restore(JSON.parse(JSON.stringify(stream.state())) as Json);
    expect([...(await again.next())!.document]).toEqual([1, 1, 1, 2, 2]);
  });

  it("does not look for ever for a row that counts", async () => {
    const long = { prompt: Array.from({ length: 20 }, () => 5), answer: [7] };
    const rows = packExamples(repeat(fromArray([long])), { length: 8, packing: "none" });
    await expect(rows.next()).rejects.toThrow("10,000 rows of 8 tokens without a token of an answer");
  });

  it("says what is wrong", async () => {
    expect(() => packExamples(fromArray(two), { length: 1 })).toThrow(
      /length 1, expected a whole number of at least 2/,
    );
    await expect(pack([{ prompt: [1.5], answer: [2] }], { length: 4 })).rejects.toThrow(/token id 1.5/);
  });
});

describe("stackRows", () => {
  const row = (mask: number[]): PackedRow => ({
    ids: Int32Array.from(mask),
    labels: Int32Array.from(mask),
    lossMask: Float32Array.from(mask),
    document: Int32Array.from(mask, () => 1),
  });

  it("weighs tokens alike, or sequences alike", () => {
    const rows = [row([0, 1, 1, 0]), row([0, 0, 1, 0])];
    expect([...stackRows(rows).weight_BT]).toEqual([0, 1 / 3, 1 / 3, 0, 0, 0, 1 / 3, 0].map(Math.fround));
    expect([...stackRows(rows, { weighting: "sequence-mean" }).weight_BT]).toEqual([0, 0.25, 0.25, 0, 0, 0, 0.5, 0]);
  });

  it("gives no NaN when nothing counts", () => {
    for (const weighting of ["token-mean", "sequence-mean"] as const) {
      expect([...stackRows([row([0, 0]), row([0, 0])], { weighting }).weight_BT]).toEqual([0, 0, 0, 0]);
    }
    expect([...stackRows([row([1, 1]), row([0, 0])], { weighting: "sequence-mean" }).weight_BT]).toEqual([
      0.25, 0.25, 0, 0,
    ]);
  });

  it("becomes three tensors that belong to the caller", () => {
    const before = tf.memory().numTensors;
    const batch = batchTensors(stackRows([row([0, 1]), row([1, 1])]));
    expect([batch.ids_BT.shape, batch.ids_BT.dtype, batch.labels_BT.dtype, batch.weight_BT.dtype]).toEqual([
      [2, 2],
      "int32",
      "int32",
      "float32",
    ]);
    tf.dispose(Object.values(batch));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses rows of different lengths, and none", () => {
    expect(() => stackRows([row([1]), row([1, 1])])).toThrow(/the first of 1 tokens, another of 2/);
    expect(() => stackRows([])).toThrow(/0 rows/);
  });
});

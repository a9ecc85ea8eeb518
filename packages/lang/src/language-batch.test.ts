import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causalLearner, nextTokenTask } from "./causal-learner.js";
import { collate, type Example } from "./language-batch.js";
import { at, listOf, rowsOf } from "./testing/numbers.js";
import { tinyConfig, tinyParams } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const row = (ids: number[], next: number[], mask: number[]): Example => ({
  ids: Int32Array.from(ids),
  labels: Int32Array.from(next),
  lossMask: Uint8Array.from(mask),
});
const rows = [row([1, 2, 3], [2, 3, 4], [0, 1, 1]), row([5, 6], [6, 7], [0, 0]), row([8, 9], [9, 10], [1, 0])];

describe("collate", () => {
  it("pads rows and counted positions to a multiple", () => {
    const batch = collate(rows, { padToMultiple: 4 });
    expect(rowsOf(batch.ids_BT)).toEqual([
      [1, 2, 3, 0],
      [5, 6, 0, 0],
      [8, 9, 0, 0],
    ]);
    expect(listOf(batch.lossPositions_N)).toEqual([1, 2, 8, 0]);
    expect(listOf(batch.labels_N)).toEqual([3, 4, 9, 0]);
    expect([batch.ids_BT, batch.lossPositions_N, batch.labels_N, batch.weight_N].map(({ dtype }) => dtype)).toEqual([
      "int32",
      "int32",
      "int32",
      "float32",
    ]);
    expect("hidden_BTD" in batch).toBe(false);
    expect(collate(rows).ids_BT.shape).toEqual([3, 32]);
  });

  it("weighs every position the same, or every row that counts", () => {
    const third = Math.fround(1 / 3);
    expect(listOf(collate(rows, { padToMultiple: 4 }).weight_N)).toEqual([third, third, third, 0]);
    expect(listOf(collate(rows, { padToMultiple: 4, loss: "sequence-mean" }).weight_N)).toEqual([0.25, 0.25, 0.5, 0]);
  });

  it("gives loss 0 and gradient 0, not NaN, when nothing counts", () => {
    const batch = collate([rows[1]!], { padToMultiple: 2 });
    const params = tinyParams(0);
    const loss = (weight: tf.Tensor): tf.Scalar =>
      causalLearner(tinyConfig).loss({ ...params, "model.norm.weight": weight }, batch, () => nextTokenTask(batch));
    const { value, grad } = tf.valueAndGrad(loss)(params["model.norm.weight"]!);
    expect(Math.abs(at(value))).toBe(0);
    expect(listOf(grad).map(Math.abs)).toEqual(Array(16).fill(0));
  });

  it("does not depend on the padding, in the loss", () => {
    const params = tinyParams(0);
    const lossOf = (multiple: number): number => {
      const batch = collate(rows, { padToMultiple: multiple });
      return at(causalLearner(tinyConfig).loss(params, batch, () => nextTokenTask(batch)));
    };
    for (const multiple of [2, 5, 16]) expect(lossOf(multiple)).toBeCloseTo(lossOf(1), 5);
  });

  it("carries hidden states row by row, zeros on padding", () => {
    const cached: Example[] = rows.map((example, b) => ({
      ...example,
      hidden: new Float32Array(example.ids.length * 2).fill(b + 1),
    }));
    const batch = collate(cached, { padToMultiple: 4, from: 1 });
    expect([batch.from, batch.hidden_BTD!.shape]).toEqual([1, [3, 4, 2]]);
    expect(batch.hidden_BTD!.arraySync().map((tokens) => tokens.map(([x]) => x))).toEqual([
      [1, 1, 1, 0],
      [2, 2, 0, 0],
      [3, 3, 0, 0],
    ]);
    const before = tf.memory().numTensors;
    expect(() => collate(cached)).toThrow("say at which block");
    for (const mixed of [cached.with(1, rows[1]!), cached.with(0, rows[0]!)]) {
      expect(() => collate(mixed, { from: 1 })).toThrow(VptError);
      expect(() => collate(mixed, { from: 1 })).toThrow(/row [01] has no hidden states of width 2/);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses an empty batch", () => {
    expect(() => collate([])).toThrow("no rows");
  });
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { mapParams } from "@vpt/contracts/tensors";
import { pearson, probe } from "./probe.js";
import { gradientOf, toyBatch, toyDownstream, toyParams } from "../testing/toy.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

describe("probe", () => {
  it("on a quadratic ½‖w‖² predicts ⟨w, −Δ⟩ and realises ½‖Δ‖² less", async () => {
    const before = { w: tf.tensor1d([1, -2]), fixed: tf.scalar(3) };
    const after = { w: tf.tensor1d([0.5, -1]) };
    const downstream = ({ w, fixed }: typeof before): tf.Scalar => w.square().sum().mul(0.5).add(fixed) as tf.Scalar;
    const pair = await probe({ downstream: (params) => downstream(params as typeof before), before, after });
    expect(pair.predicted).toBeCloseTo(2.5, 6);
    expect(pair.realised).toBeCloseTo(2.5 - 0.625, 6);
    tf.dispose([before, after]);
  });

  it("of a small SGD step is η‖g‖², frees its tensors and leaves the given ones", async () => {
    const [before, { x_ND, y_NE }] = [toyParams(), toyBatch()];
    const downstream = (params: typeof before): tf.Scalar => toyDownstream(params, x_ND);
    const gradient = gradientOf(downstream, before);
    const after = tf.tidy(() => mapParams(before, (tensor, name) => tensor.sub(gradient[name]!.mul(0.01))));
    const count = tf.memory().numTensors;
    const { predicted, realised } = await probe({ downstream, before, after });
    expect(tf.memory().numTensors).toBe(count);
    expect(predicted).toBeGreaterThan(0);
    expect(Math.abs(realised / predicted - 1)).toBeLessThan(0.05);
    tf.dispose([before, after, gradient, x_ND, y_NE]);
  });
});

describe("pearson", () => {
  const pairs = (xs: readonly number[], ys: readonly number[]) =>
    xs.map((predicted, i) => ({ predicted, realised: ys[i]! }));

  it("gives Anscombe's r = 0.816 with Fisher's interval", () => {
    const xs = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const { r, ci95 } = pearson(pairs(xs, ys));
    expect(r).toBeCloseTo(0.81642, 5);
    expect(ci95[0]).toBeCloseTo(0.42439, 4); // tanh(artanh 0.81642 ± 1.96/√8)
    expect(ci95[1]).toBeCloseTo(0.95069, 4);
  });

  it("is ±1 on a line, and says nothing without spread or with few pairs", () => {
    expect(pearson(pairs([1, 2, 3, 4], [2, 4, 6, 8]))).toEqual({ r: 1, ci95: [1, 1] });
    expect(pearson(pairs([1, 2, 3, 4], [-1, -2, -3, -4])).r).toBe(-1);
    expect(pearson(pairs([1, 1, 1, 1], [1, 2, 3, 4]))).toEqual({ r: 0, ci95: [-1, 1] });
    expect(pearson(pairs([1, 2, 3], [1, 2, 4])).ci95).toEqual([-1, 1]);
    expect(pearson([])).toEqual({ r: 0, ci95: [-1, 1] });
  });
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { gelu, silu } from "./activations.js";
import { attention } from "./attention.js";
import { causalMask } from "./causal-mask.js";
import { embedding } from "./embedding.js";
import { linear, fusedLinear } from "./linear.js";
import { initLora, mergeLora } from "./lora.js";
import { layerNorm, rmsNorm } from "./norms.js";
import { applyRotary, rotaryTables } from "./rotary.js";
import { swiGlu } from "./swiglu.js";

// Every layer against a second implementation in float64: its values, and its gradients by central differences.
// float32 kernels: 1e-5 of the largest value for values, 1e-4 for gradients.

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Fixed numbers without a pattern, in (−1, 1). */
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));

const scaleOf = (values: ArrayLike<number>): number => Math.max(1e-3, ...Array.from(values, Math.abs));

/** `layer` maps tensors to a tensor; `reference` maps the same inputs, flat, to the flat result. */
const expectLayer = (
  shapes: readonly (readonly number[])[],
  layer: (...inputs: never[]) => tf.Tensor,
  reference: (...inputs: number[][]) => number[],
): void => {
  const inputs = shapes.map((shape, i) => numbers(tf.util.sizeFromShape([...shape]), i));
  const tensors = inputs.map((input, i) => tf.tensor(input, [...shapes[i]!]));
  const run = layer as unknown as (...inputs: tf.Tensor[]) => tf.Tensor;
  const before = tf.memory().numTensors;
  const output = run(...tensors);
  expect(tf.memory().numTensors, "tensors left behind").toBe(before + 1);
  const expected = reference(...inputs);
  const received = output.dataSync();
  expect(received).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(Math.abs(received[i]! - value)).toBeLessThan(1e-5 * scaleOf(expected)));

  const cotangent = numbers(expected.length, 99);
  const objective = (values: number[][]): number =>
    reference(...values).reduce((sum, value, i) => sum + value * cotangent[i]!, 0);
  const gradients = tf.grads((...values: tf.Tensor[]) => run(...values))(tensors, tf.tensor(cotangent, output.shape));
  gradients.forEach((gradient, k) => {
    const numeric = inputs[k]!.map((_, i) => {
      const at = (step: number) =>
        objective(inputs.map((input, j) => (j === k ? input.map((x, m) => (m === i ? x + step : x)) : input)));
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    const analytic = gradient.dataSync();
    numeric.forEach((value, i) =>
      expect(Math.abs(analytic[i]! - value), `input ${k}`).toBeLessThan(1e-4 * scaleOf(numeric)),
    );
  });
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** Error function by its series; exact to float64 for |x| < 2. */
const erf = (x: number): number => {
  let term = x;
  let sum = x;
  for (let n = 1; n < 40; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
};
/** `x [rows, in]` times `Wᵀ`, `W [out, in]`. */
const product = (x: number[], weight: number[], width: number): number[] => {
  const dot = (r: number, o: number) =>
    Array.from({ length: width }, (_, i) => x[r * width + i]! * weight[o * width + i]!).reduce((a, b) => a + b, 0);
  const out = weight.length / width;
  return Array.from({ length: (x.length / width) * out }, (_, i) => dot(Math.floor(i / out), i % out));
};
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const byRow = (x: number[], width: number, f: (row: number[]) => number[]): number[] =>
  Array.from({ length: x.length / width }, (_, r) => f(x.slice(r * width, (r + 1) * width))).flat();

describe("activations", () => {
  it("silu", () => expectLayer([[3, 4]], silu, (x) => x.map((v) => v * sigmoid(v))));
  it("gelu, exact", () =>
    expectLayer(
      [[3, 4]],
      (x: tf.Tensor) => gelu(x),
      (x) => x.map((v) => (v / 2) * (1 + erf(v / Math.SQRT2))),
    ));
  it("gelu, tanh", () =>
    expectLayer(
      [[3, 4]],
      (x: tf.Tensor) => gelu(x, { form: "tanh" }),
      (x) => x.map((v) => (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))),
    ));
});

describe("linear, swiGlu, embedding", () => {
  it("linear", () =>
    expectLayer(
      [[3, 4], [5, 4], [5]],
      (x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D) => linear(x, { weight, bias }),
      (x, weight, bias) => product(x, weight, 4).map((v, i) => v + bias[i % 5]!),
    ));
  it("linears is each linear of its own, bias and adapter too", () => {
    const of = (shape: [number, number], seed: number) => tf.tensor2d(numbers(shape[0] * shape[1], seed), shape);
    const x = of([5, 4], 1);
    const layers = [
      { weight: of([3, 4], 2), bias: tf.tensor1d(numbers(3, 3)) },
      { weight: of([2, 4], 4) },
      { weight: of([6, 4], 5), lora: { a: of([2, 4], 6), b: of([6, 2], 7), scale: 0.5 } },
    ] as const;
    const weights = layers.map(({ weight }) => weight);
    const total = (parts: readonly tf.Tensor[]) =>
      tf.addN(parts.map((part, i) => tf.sum(tf.mul(tf.square(part), i + 1)))) as tf.Scalar;
    const gradients = (f: (moved: typeof layers) => readonly tf.Tensor[]) =>
      tf.grads((...moved) => total(f(layers.map((layer, i) => ({ ...layer, weight: moved[i + 1] })) as never)))([
        x,
        ...weights,
      ]);
    const together = fusedLinear(x, layers);
    layers.forEach((layer, i) => expect(together[i]!.dataSync()).toEqual(linear(x, layer).dataSync()));
    const [each, joint] = [
      gradients((all) => all.map((layer) => linear(x, layer))),
      gradients((all) => fusedLinear(x, all)),
    ];
    each.forEach((gradient, i) => expect(tf.max(tf.abs(tf.sub(gradient, joint[i]!))).dataSync()[0]).toBeLessThan(1e-5));
  });

  it("swiGlu", () =>
    expectLayer(
      [
        [3, 4],
        [6, 4],
        [6, 4],
        [4, 6],
      ],
      (x: tf.Tensor2D, gate: tf.Tensor2D, up: tf.Tensor2D, down: tf.Tensor2D) =>
        swiGlu(x, { gate: { weight: gate }, up: { weight: up }, down: { weight: down } }),
      (x, gate, up, down) => {
        const wide = product(x, up, 4);
        return product(
          product(x, gate, 4).map((v, i) => v * sigmoid(v) * wide[i]!),
          down,
          6,
        );
      },
    ));
  it("embedding adds the gradients of a repeated id", () => {
    const ids = tf.tensor2d(
      [
        [2, 0],
        [2, 2],
      ],
      [2, 2],
      "int32",
    );
    expectLayer(
      [[3, 2]],
      (weight: tf.Tensor2D) => embedding(ids, { weight }),
      (weight) => [2, 0, 2, 2].flatMap((id) => weight.slice(2 * id, 2 * id + 2)),
    );
  });
});

describe("norms", () => {
  it("rmsNorm", () =>
    expectLayer(
      [[2, 3, 4], [4]],
      (x: tf.Tensor3D, weight: tf.Tensor1D) => rmsNorm(x, { weight, epsilon: 1e-2 }),
      (x, weight) =>
        byRow(x, 4, (row) => row.map((v, i) => (weight[i]! * v) / Math.sqrt(mean(row.map((u) => u * u)) + 1e-2))),
    ));
  it("layerNorm", () =>
    expectLayer(
      [[2, 3, 4], [4], [4]],
      (x: tf.Tensor3D, weight: tf.Tensor1D, bias: tf.Tensor1D) => layerNorm(x, { weight, bias }),
      (x, weight, bias) =>
        byRow(x, 4, (row) => {
          const centred = row.map((v) => v - mean(row));
          const deviation = Math.sqrt(mean(centred.map((v) => v * v)) + 1e-5);
          return centred.map((v, i) => (weight[i]! * v) / deviation + bias[i]!);
        }),
    ));
});

describe("attention", () => {
  const [heads, groups, queries, keys, width] = [4, 2, 3, 5, 2] as const; // two cached keys, three new ones
  const reference = (q: number[], k: number[], v: number[], sees: (t: number, s: number) => boolean): number[] => {
    const result = Array.from({ length: queries * heads * width }, () => 0);
    for (let h = 0; h < heads; h++) {
      const g = Math.floor((h * groups) / heads);
      for (let t = 0; t < queries; t++) {
        const score = (s: number) =>
          [0, 1].map((c) => q[(h * queries + t) * width + c]! * k[(g * keys + s) * width + c]!).reduce((a, b) => a + b);
        const seen = Array.from({ length: keys }, (_, s) => s).filter((s) => sees(t, s));
        const weights = seen.map((s) => Math.exp(score(s) / Math.sqrt(width)));
        const total = weights.reduce((a, b) => a + b, 0);
        for (let c = 0; c < width; c++) {
          result[(t * heads + h) * width + c] = seen
            .map((s, i) => (weights[i]! / total) * v[(g * keys + s) * width + c]!)
            .reduce((a, b) => a + b, 0);
        }
      }
    }
    return result;
  };
  const shapes = [
    [1, heads, queries, width],
    [1, groups, keys, width],
    [1, groups, keys, width],
  ];

  it("sees everything without a mask", () =>
    expectLayer(
      shapes,
      (q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => attention(q, k, v),
      (q, k, v) => reference(q, k, v, () => true),
    ));
  it("is causal over cached keys, and skips left padding", () => {
    const mask = causalMask(queries, { keys, padding: [1] });
    expectLayer(
      shapes,
      (q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D) => attention(q, k, v, { mask }),
      (q, k, v) => reference(q, k, v, (t, s) => s >= 1 && s <= keys - queries + t),
    );
  });
  it("stays a number where a padded query sees nothing", () => {
    const x = tf.ones([1, 1, 2, 2]) as tf.Tensor4D;
    const result = attention(x, x, x, { mask: causalMask(2, { padding: [1] }) });
    expect(result.dataSync().every(Number.isFinite)).toBe(true);
  });
});

describe("rotary", () => {
  it("turns pairs (j, j + C/2) by position × θ^(−2j/C)", () => {
    const tables = rotaryTables({ length: 3, width: 4, theta: 100, offset: 5 });
    expectLayer(
      [[2, 2, 3, 4]],
      (x: tf.Tensor4D) => applyRotary(x, tables),
      (x) =>
        byRow(x, 4, (row) => row).map((v, i) => {
          const [c, t] = [i % 4, Math.floor(i / 4) % 3];
          const angle = (5 + t) * 100 ** (-(c % 2) / 2);
          const other = c < 2 ? -x[i + 2]! : x[i - 2]!;
          return v * Math.cos(angle) + other * Math.sin(angle);
        }),
    );
  });
  it("leaves products that depend on the distance only", () => {
    const x = tf.tensor(numbers(8, 1), [1, 1, 2, 4]) as tf.Tensor4D;
    const inner = (offset: number): number => {
      const y = applyRotary(x, rotaryTables({ length: 2, width: 4, theta: 100, offset }));
      const [a, b] = tf.split(y, 2, 2) as [tf.Tensor, tf.Tensor];
      return tf.sum(tf.mul(a, b)).dataSync()[0]!;
    };
    expect(inner(40)).toBeCloseTo(inner(0), 5);
  });
});

describe("lora", () => {
  it("linear with an adapter equals linear with the merged weight", () => {
    const matrix = (rows: number, columns: number) => tf.tensor2d(numbers(rows * columns, rows), [rows, columns]);
    const [x, weight] = [matrix(3, 4), matrix(5, 4)];
    const lora = { a: matrix(2, 4), b: matrix(5, 2), scale: 0.5 };
    const difference = tf.sub(linear(x, { weight, lora }), linear(x, { weight: mergeLora(weight, lora) }));
    expect(tf.max(tf.abs(difference)).dataSync()[0]).toBeLessThan(1e-5);
  });
  it("has the right gradients", () =>
    expectLayer(
      [
        [3, 4],
        [5, 4],
        [2, 4],
        [5, 2],
      ],
      (x: tf.Tensor2D, weight: tf.Tensor2D, a: tf.Tensor2D, b: tf.Tensor2D) =>
        linear(x, { weight, lora: { a, b, scale: 0.5 } }),
      (x, weight, a, b) => {
        const low = product(product(x, a, 4), b, 2);
        return product(x, weight, 4).map((v, i) => v + 0.5 * low[i]!);
      },
    ));
  it("starts as nothing, bounded by 1/√in", () => {
    const { a, b } = initLora([5, 16], { rank: 2, uniform: () => 0.75 });
    expect([a.shape, b.shape]).toEqual([
      [2, 16],
      [5, 2],
    ]);
    expect(a.dataSync()[0]).toBe(0.125);
    expect(tf.sum(b).dataSync()[0]).toBe(0);
  });
});

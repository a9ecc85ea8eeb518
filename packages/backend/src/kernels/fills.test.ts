import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../compile/compile.js";
import { nativeUnavailable } from "../internal/native-for-tests.js";
import { useBackend } from "../use-backend.js";

const unavailable = await nativeUnavailable();

/**
 * Largest difference between the gradient of Σ f(x)·w and central differences; f32, step 1e-2 on polynomials of degree
 * ≤ 2.
 */
const gradientError = async (f: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): Promise<number> => {
  const weights = tf.tidy(() => tf.randomUniform(f(x).shape, 0.5, 1.5, "float32", 1));
  const loss = (value: tf.Tensor) => tf.sum(tf.mul(f(value), weights)) as tf.Scalar;
  const gradient = await tf
    .grad((value) => loss(value))(x)
    .data();
  const values = Float32Array.from(await x.data());
  const step = 1e-2;
  let worst = 0;
  for (let i = 0; i < values.length; i++) {
    const at = (sign: number) =>
      tf.tidy(
        () =>
          loss(
            tf.tensor(
              values.map((v, j) => (i === j ? v + sign * step : v)),
              x.shape,
            ),
          ).dataSync()[0]!,
      );
    worst = Math.max(worst, Math.abs((at(1) - at(-1)) / (2 * step) - gradient[i]!));
  }
  return worst;
};

const tolerance = 5e-3; // f32 sums of about 10, divided by 2 · 1e-2

const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, "float32", seed);

describe.each(["js", "wasm", "cpu"] as const)("what tfjs lacks, on device %s", (device) => {
  const skip = device === "cpu" && unavailable !== undefined;
  beforeAll(async () => {
    if (!skip) await useBackend({ device });
  });

  it.skipIf(skip)("gatherND has a gradient; a row read twice counts twice", async () => {
    const indices = tf.tensor2d(
      [
        [0, 1],
        [2, 0],
        [0, 1],
      ],
      [3, 2],
      "int32",
    );
    expect(await gradientError((x) => tf.gatherND(x, indices), random([3, 2, 4], 2))).toBeLessThan(tolerance);
  });

  const equations: [equation: string, a: number[], b: number[]][] = [
    ["ij,jk->ik", [2, 3], [3, 4]],
    ["bij,bkj->bik", [2, 2, 3], [2, 4, 3]],
    ["bqhd,bkhd->bhqk", [1, 2, 2, 3], [1, 3, 2, 3]],
    ["ij,jk->k", [2, 3], [3, 4]], // i is in one operand alone; tfjs's own forward kernel is wrong here
    ["i,j->ij", [3], [2]],
  ];
  const right = equations.filter(([equation]) => device === "cpu" || equation !== "ij,jk->k");
  it.skipIf(skip || device === "wasm").each(right)(
    "einsum %s has gradients in both operands",
    async (equation, shapeA, shapeB) => {
      const [a, b] = [random(shapeA, 3), random(shapeB, 4)];
      expect(await gradientError((x) => tf.einsum(equation, x, b), a)).toBeLessThan(tolerance);
      expect(await gradientError((x) => tf.einsum(equation, a, x), b)).toBeLessThan(tolerance);
    },
  );

  // Where both operands are broadcast, tfjs's own kernels compute a wrong product: only TensorFlow's is right.
  it
    .skipIf(skip)
    .each([
      [[2, 3, 4], [1, 4, 2], false],
      [[2, 3, 4], [4, 2], false],
      ...(device === "cpu" ? ([[[1, 2, 3, 4], [3, 1, 2, 4], true]] as const) : []),
    ] as const)("matMul of %j and %j sums over the axes it broadcasts", async (shapeA, shapeB, transpose) => {
    const [a, b] = [random([...shapeA], 5), random([...shapeB], 6)];
    expect(await gradientError((x) => tf.matMul(x, b, false, transpose), a)).toBeLessThan(tolerance);
    expect(await gradientError((x) => tf.matMul(a, x, false, transpose), b)).toBeLessThan(tolerance);
  });

  it.skipIf(skip)("the gradient of an embedding adds up repeated rows", async () => {
    const ids = tf.tensor1d([1, 3, 1], "int32");
    expect(await gradientError((x) => tf.gather(x, ids), random([4, 3], 7))).toBeLessThan(tolerance);
  });

  it.skipIf(skip).each([
    ["sigmoid", tf.sigmoid],
    ["square", tf.square],
  ] as const)("the gradient of %s, multiplied by dy first", async (_, f) => {
    expect(await gradientError((x) => f(x), random([3, 4], 10))).toBeLessThan(tolerance);
  });

  it.skipIf(skip).each([
    ["same", 1],
    ["same", 2],
    ["valid", 2],
  ] as const)("conv2d has a filter gradient, padding %s, stride %i", async (pad, stride) => {
    const image = random([2, 5, 4, 2], 8) as tf.Tensor4D;
    const f = (w: tf.Tensor) => tf.conv2d(image, w as tf.Tensor4D, stride, pad);
    expect(await gradientError(f, random([3, 2, 2, 3], 9))).toBeLessThan(tolerance);
  });
});

it.skipIf(unavailable !== undefined)(
  "NotBefore gives on what it is given, compiled or not, and its gradient goes to x alone",
  async () => {
    await useBackend({ device: "cpu" });
    const optimizationBarrier = (x: tf.Tensor, other: tf.Tensor): tf.Tensor =>
      tf.engine().runKernel("NotBefore", { x, other } as unknown as tf.NamedTensorMap);
    const [x, other] = [random([2, 3], 11), random([4], 12)];
    const expected = [...x.dataSync()];
    const before = tf.memory().numTensors;
    const results = [optimizationBarrier(x, other), compile(optimizationBarrier)(x, other)];
    expect(results.map((result) => [...result.dataSync()])).toEqual([expected, expected]);
    expect(tf.memory().numTensors).toBe(before + 2);
    const gradients = tf.grads((x, other) => tf.sum(tf.square(optimizationBarrier(x!, other!))))([x, other]);
    expect(gradients.map((gradient) => [...gradient.dataSync()])).toEqual([expected.map((v) => 2 * v), [0, 0, 0, 0]]);
  },
);

it("UnsortedSegmentSum in plain JavaScript is quick with many segments and drops ids out of range", async () => {
  await useBackend({ device: "js" });
  const ids = tf.range(0, 64, 1, "int32").mul(tf.scalar(999, "int32")) as unknown as tf.Tensor1D;
  const started = performance.now();
  const sums = tf.unsortedSegmentSum(tf.ones([64, 32]), ids, 50_000);
  expect(sums.shape).toEqual([50_000, 32]);
  expect(tf.sum(sums).dataSync()[0]).toBe(51 * 32);
  expect(performance.now() - started).toBeLessThan(2_000); // 50,000 passes take minutes
});

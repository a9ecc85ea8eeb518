import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { nativeUnavailable } from "../internal/native-for-tests.js";
import { smallTransformer, trainStep, type StepResult } from "../internal/small-transformer.js";
import { useBackend } from "../use-backend.js";
import { compile } from "./compile.js";

// With oneDNN, TensorFlow takes another softmax in graphs than in eager execution; it differs in the last bit.
process.env["TF_ENABLE_ONEDNN_OPTS"] = "0";
const unavailable = await nativeUnavailable();

const numbers = (tree: StepResult) => [tree.loss, ...Object.values(tree.weights)].map((t) => [...t.dataSync()]);

describe.skipIf(unavailable)("compile on TensorFlow", () => {
  beforeAll(async () => {
    const { name } = await useBackend({ device: "cpu" });
    expect(name).toBe("tensorflow");
  });

  const shape = { layers: 2, width: 32, heads: 2, vocabulary: 50 };
  const ids = tf.range(0, 32, 1, "int32").asType("int32") as unknown as tf.Tensor1D;
  const step = trainStep(shape, 2, 0.1);

  it("gives the bits of eager, over three training steps", () => {
    const compiled = compile(step);
    let [eager, fast] = [smallTransformer(shape), smallTransformer(shape)];
    const next = ids.add(tf.scalar(1, "int32")) as unknown as tf.Tensor1D;
    for (let i = 0; i < 3; i++) {
      const [a, b] = [step(eager, ids, next), compiled(fast, ids, next)];
      expect(numbers(b)).toEqual(numbers(a));
      [eager, fast] = [a.weights, b.weights];
    }
    expect(compiled.traces).toBe(1);
    compiled.dispose();
  });

  it("leaves nothing behind but its results", () => {
    const compiled = compile(step);
    const weights = smallTransformer(shape);
    const native = () =>
      (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();
    const once = () => tf.dispose(compiled(weights, ids, ids) as unknown as tf.TensorContainer);
    once();
    const [tensors, handles] = [tf.memory().numTensors, native()];
    for (let i = 0; i < 3; i++) once();
    expect([tf.memory().numTensors, native()]).toEqual([tensors, handles]);
    const before = tf.memory().numTensors;
    const { loss } = compiled(weights, ids, ids);
    expect(tf.memory().numTensors).toBe(before + 1 + Object.keys(weights).length);
    expect(loss.shape).toEqual([]);
  });

  it("keeps trees, passes arguments through, and traces once a signature", () => {
    let runs = 0;
    const f = compile((tree: { a: tf.Tensor; rest: tf.Tensor[] }, factor: number) => {
      runs++;
      return { same: tree.a, scaled: tree.rest.map((t) => tf.mul(t, factor)), none: undefined };
    });
    const tree = { a: tf.tensor1d([1, 2]), rest: [tf.scalar(3), tf.scalar(4)] };
    const result = f(tree, 2);
    expect(result.same).not.toBe(tree.a);
    expect([...result.same.dataSync()]).toEqual([1, 2]);
    expect(result.scaled.map((t) => t.dataSync()[0])).toEqual([6, 8]);
    f(tree, 2);
    expect(runs).toBe(1);
    expect(f(tree, 10).scaled[1]!.dataSync()[0]).toBe(40);
    f({ ...tree, a: tf.tensor1d([1, 2, 3]) }, 2);
    expect(runs).toBe(3);
  });

  it("keeps apart arguments that share their data at the first call, and what f takes from outside", () => {
    const x = tf.tensor1d([1, 2]);
    const outside = x.clone();
    const f = compile((a: tf.Tensor, { b }: { b: tf.Tensor }) =>
      tf.add(tf.add(tf.mul(a, 100), tf.mul(b, 10)), outside),
    );
    expect([...f(x, { b: x.clone() }).dataSync()]).toEqual([111, 222]);
    expect([...f(x, { b: x }).dataSync()]).toEqual([111, 222]);
    expect([...f(tf.tensor1d([5, 6]), { b: tf.tensor1d([7, 8]) }).dataSync()]).toEqual([571, 682]);
    expect(f.traces).toBe(1);
  });

  it("reads a tensor from outside at every call, and says so when it is gone", () => {
    const outside = tf.tensor1d([1, 2]);
    const f = compile(function addOutside(x: tf.Tensor) {
      return tf.add(x, outside);
    });
    expect([...f(tf.scalar(1)).dataSync()]).toEqual([2, 3]);
    expect([...f(tf.scalar(2)).dataSync()]).toEqual([3, 4]);
    outside.dispose();
    expect(() => f(tf.scalar(1))).toThrow(/compile\(addOutside\): a tensor that f uses from outside was disposed/);
  });

  it("refuses what it would freeze", () => {
    const variable = tf.variable(tf.scalar(1), true, "step size");
    const refused: [f: (x: tf.Tensor) => unknown, message: RegExp][] = [
      [(x) => tf.mul(x, variable), /reads the variable step size, which can change/],
      [(x) => tf.mul(x, tf.clone(variable)), /reads the variable step size/],
      [(x) => tf.mul(x, x.square().dataSync()[0]!), /reads the values of a tensor that depends/],
      [(x) => x.rank, /returns a number/],
      [(x) => Promise.resolve(x), /received Promise at the top/],
    ];
    for (const [f, message] of refused) expect(() => compile(f)(tf.scalar(2))).toThrow(message);
    expect(compile((x: tf.Tensor) => tf.square(x))(tf.scalar(3)).dataSync()[0]).toBe(9); // and all is well afterwards
    expect(compile((x: tf.Tensor) => tf.square(x))(variable).dataSync()[0]).toBe(1); // a variable as an argument
  });

  it("runs nothing while it traces, and refuses shapes that depend on values", () => {
    const f = compile((x: tf.Tensor) => {
      tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, true); // 4 TiB if it were computed; nothing needs it
      return tf.sum(x);
    });
    expect(f(tf.ones([1, 1 << 20])).dataSync()[0]).toBe(1 << 20);
    expect(() => compile((x: tf.Tensor) => tf.unique(x as tf.Tensor1D).values)(tf.tensor1d([1, 1]))).toThrow(
      /shape of \w+'s result depends on the values/,
    );
  });

  it("keeps at most cacheSize traces and warns once", () => {
    const lines: string[] = [];
    const f = compile((x: tf.Tensor) => tf.square(x), { cacheSize: 2, log: (line) => lines.push(line) });
    for (let i = 1; i <= 5; i++) expect(f(tf.fill([i], i)).dataSync()[0]).toBe(i * i);
    expect(f.traces).toBe(2);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/more than 2 signatures/);
  });

  it("runs f itself inside a gradient and inside another compiled function", () => {
    const square = compile((x: tf.Tensor) => tf.square(x));
    expect(
      tf
        .grad((x) => square(x).sum())(tf.scalar(3))
        .dataSync()[0],
    ).toBe(6);
    const outer = compile((x: tf.Tensor) => tf.add(square(x), 1));
    expect(outer(tf.scalar(3)).dataSync()[0]).toBe(10);
    expect(square.traces).toBe(0);
  });

  it("multiplies in bfloat16 when asked: near, not equal", () => {
    const [a, b] = [tf.randomNormal([64, 64], 0, 1, "float32", 1), tf.randomNormal([64, 64], 0, 1, "float32", 2)];
    const exact = tf.matMul(a, b);
    const narrow = compile((x: tf.Tensor, y: tf.Tensor) => tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D), {
      precision: "bf16",
    });
    const error = tf
      .norm(tf.sub(narrow(a, b), exact))
      .div(tf.norm(exact))
      .dataSync()[0]!;
    expect(error).toBeGreaterThan(1e-4);
    expect(error).toBeLessThan(1e-2); // bfloat16 has 8 bits: 2^-8 a factor, averaged over 64 terms
  });

  it("compiles with XLA when asked", () => {
    const f = compile((x: tf.Tensor) => tf.sum(tf.mul(tf.tanh(x), 2)), { xla: true });
    const x = tf.tensor1d([0.5, 1]);
    expect(f(x).dataSync()[0]).toBeCloseTo(2 * (Math.tanh(0.5) + Math.tanh(1)), 5);
  });
});

it("is f on other backends", async () => {
  await useBackend({ device: "js" });
  const f = compile((x: tf.Tensor) => tf.square(x));
  expect(f(tf.scalar(3)).dataSync()[0]).toBe(9);
  expect(f.traces).toBe(0);
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { detached, hvp, jvp, stopGradient, UncoveredKernelError, UnsupportedNestingError } from "../src/index.js";
import { registerTangent } from "../src/register-tangent.js";
import { backends } from "./backends.js";

const at = (x: tf.Tensor): number => x.dataSync()[0]!;
const list = (x: tf.Tensor): number[] => [...x.dataSync()];

describe.each(backends)("jvp on %s", (backend, use) => {
  beforeAll(async () => void (await use()));

  it("takes a tensor, an array or a record, and keeps the structure of what f returns", () =>
    void tf.tidy(() => {
      const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
      const [da, db] = [tf.tensor1d([1, 0]), tf.tensor1d([0, 1])];
      expect(list(jvp((x) => tf.square(x), a, da).tangent)).toEqual([2, 0]);
      expect(list(jvp((x, y) => tf.mul(x, y), [a, b], [da, db]).tangent)).toEqual([3, 2]);
      const out = jvp(
        ({ x, y }) => ({ product: tf.mul(x, y), deep: [{ y }, tf.ones([2])] as const }),
        { x: a, y: b },
        { y: db },
      );
      expect(list(out.tangent.product)).toEqual([0, 2]);
      expect(list(out.tangent.deep[0].y)).toEqual([0, 1]);
      expect(list(out.tangent.deep[1])).toEqual([0, 0]);
      expect(list(out.value.deep[0].y)).toEqual([3, 4]);
    }));

  it("frees everything but what it returns, which the caller owns", () => {
    const [x, v] = [tf.tensor1d([1, 2]), tf.tensor1d([1, 0])];
    const before = tf.memory().numTensors;
    const { value, tangent } = jvp((y) => [tf.softmax(tf.mul(y, 2)), y], x, v);
    expect(tf.memory().numTensors).toBe(before + 4);
    tf.dispose([value, tangent]);
    expect(list(x)).toEqual([1, 2]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, v]);
  });

  it("frees a tangent with the value that it belongs to", () =>
    void tf.tidy(() => {
      let inside = 0;
      const chain = (x: tf.Tensor) => {
        const y = tf.tidy(() => Array.from({ length: 20 }).reduce<tf.Tensor>((z) => tf.sin(z), x));
        inside = tf.memory().numTensors;
        return y;
      };
      const x = tf.scalar(1);
      const before = tf.memory().numTensors;
      jvp(chain, x, tf.scalar(1));
      expect(inside - before).toBeLessThan(8);
    }));

  it("restores the engine and leaks nothing when f or a rule throws", () => {
    const before = tf.memory().numTensors;
    const { runKernel } = tf.engine();
    const fails = (x: tf.Tensor): tf.Tensor => {
      tf.grad((y) => tf.sum(tf.exp(y)))(tf.sin(x));
      throw new Error("inside f");
    };
    tf.tidy(() => {
      expect(() => jvp(fails, tf.scalar(1), tf.scalar(1))).toThrow("inside f");
      const back = registerTangent("Sin", () => tf.zeros([3]));
      expect(() => jvp((x) => tf.sin(x), tf.scalar(1), tf.scalar(1))).toThrow(/'Sin' returned shape \[3\]/);
      back();
      expect(at(jvp((x) => tf.sin(x), tf.scalar(0), tf.scalar(1)).tangent)).toBe(1);
    });
    expect(tf.engine().runKernel).toBe(runKernel);
    expect(Object.hasOwn(tf.engine(), "runKernel")).toBe(false);
    expect(Object.hasOwn(tf.engine(), "removeDataId")).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("treats tensors made before as constants, also when they share a primal's data", () =>
    void tf.tidy(() => {
      const x = tf.tensor1d([1, 2]);
      const target = tf.reshape(x, [2]); // same data, another tensor: an alias is a constant, as on the tape
      const loss = (y: tf.Tensor) => tf.sum(tf.square(tf.sub(tf.mul(y, 2), target)));
      const gradient = list(tf.grad(loss)(x));
      expect(gradient).toEqual([4, 8]);
      expect(at(jvp(loss, x, tf.tensor1d([1, 0])).tangent)).toBe(4);
      expect(list(hvp(loss, x, tf.tensor1d([1, 0])))).toEqual([8, 0]);
      const product = (y: tf.Tensor) => tf.sum(tf.mul(tf.mul(y, y), target)); // Mul saves clones of the alias
      expect(list(hvp(product, x, tf.tensor1d([1, 0])))).toEqual([2, 0]);
    }));

  it("gives each place of a tied weight its own tangent", () =>
    void tf.tidy(() => {
      const w = tf.scalar(3);
      const f = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => tf.mul(tf.square(a), b);
      expect(at(jvp(f, { a: w, b: w }, { a: tf.scalar(1) }).tangent)).toBe(18);
      expect(at(jvp(f, { a: w, b: w }, { b: tf.scalar(1) }).tangent)).toBe(9);
      expect(at(jvp(f, { a: w, b: tf.reshape(w, []) }, { b: tf.scalar(1) }).tangent)).toBe(9);
    }));

  it("nests: directional derivatives of any order, and no mixing of the two directions", () =>
    void tf.tidy(() => {
      const one = tf.scalar(1);
      const derivative = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => jvp(f, x, one).tangent;
      const x = tf.scalar(0.5);
      expect(at(derivative(derivative(derivative((y) => tf.exp(tf.mul(y, 2)))))(x))).toBeCloseTo(8 * Math.E, 3);
      // d/dx [x · d/dy (x·y)] = d/dx x² = 2x: the classic test of perturbation confusion
      const mixed = derivative((y) => tf.mul(y, jvp((z) => tf.mul(y, z), one, one).tangent));
      expect(at(mixed(tf.scalar(3)))).toBe(6);
      const gradientOfCurvature = derivative((y) => hvp((z) => tf.pow(z, 4), y, one));
      expect(at(gradientOfCurvature(tf.scalar(2)))).toBeCloseTo(48, 3);
    }));

  it("runs under user code that never heard of it: tf.layers, optimizers, customGrad, variableGrads", () => {
    const before = tf.memory().numTensors;
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [6, 6, 2],
          filters: 3,
          kernelSize: 3,
          activation: "elu",
          kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        }),
        tf.layers.batchNormalization(),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        tf.layers.dense({
          units: 4,
          activation: "softmax",
          kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
        }),
      ],
    });
    tf.tidy(() => {
      const x = tf.randomUniform([2, 6, 6, 2], -1, 1, "float32", 3);
      const weights = model.trainableWeights.map((weight) => weight.read());
      const directions = weights.map((weight, i) => tf.randomUniform(weight.shape, -1, 1, "float32", 10 + i));
      const loss = () => tf.sum(tf.log(model.apply(x) as tf.Tensor));
      const { tangent } = jvp(loss, weights, directions);
      const { grads } = tf.variableGrads(() => loss() as tf.Scalar, weights as tf.Variable[]);
      const expected = weights.reduce(
        (sum, weight, i) => sum + at(tf.sum(tf.mul(grads[(weight as tf.Variable).name]!, directions[i]!))),
        0,
      );
      expect(Math.abs(at(tangent) - expected)).toBeLessThan(1e-3 * Math.max(1, Math.abs(expected)));
      const twice = jvp(
        () => tf.variableGrads(() => loss() as tf.Scalar, weights as tf.Variable[]).grads,
        weights,
        directions,
      );
      expect(Object.keys(twice.tangent)).toHaveLength(weights.length);
    });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("passes customGrad, whose own backward counts in second order", () =>
    void tf.tidy(() => {
      const clipped = tf.customGrad((x, save) => {
        (save as (xs: tf.Tensor[]) => void)([x as tf.Tensor]);
        return {
          value: tf.square(x as tf.Tensor),
          gradFunc: (dy, saved) => tf.mul(dy, tf.mul((saved as tf.Tensor[])[0]!, 3)),
        };
      });
      expect(at(jvp((x) => clipped(x), tf.scalar(2), tf.scalar(1)).tangent)).toBe(4); // the value's derivative
      expect(at(hvp((x) => clipped(x), tf.scalar(2), tf.scalar(1)))).toBe(3); // the derivative of the stated gradient
    }));

  it("gives zeros through integers and comparisons, and where f does not depend on x", () =>
    void tf.tidy(() => {
      const x = tf.tensor1d([3, 1, 2]);
      const v = tf.ones([3]);
      expect(
        list(
          jvp((y) => [tf.argMax(y), tf.topk(y, 1).indices, tf.greater(y, 1), tf.cast(y, "int32")], x, v).tangent[2]!,
        ),
      ).toEqual([0, 0, 0]);
      expect(list(jvp(() => tf.ones([2]), x, v).tangent)).toEqual([0, 0]);
      expect(list(hvp(() => tf.scalar(1), x, v))).toEqual([0, 0, 0]);
      const untouched = hvp(({ a }) => tf.square(a), { a: tf.scalar(2), b: x }, { a: tf.scalar(1) });
      expect([at(untouched.a), ...list(untouched.b)]).toEqual([2, 0, 0, 0]);
      const mixed = jvp((y, i) => tf.gather(y, i), [x, tf.tensor1d([0, 0], "int32")], [v, undefined]);
      expect(list(mixed.tangent)).toEqual([1, 1]);
    }));

  it("says what is wrong", () =>
    void tf.tidy(() => {
      const [x, v] = [tf.tensor1d([1, 2]), tf.tensor1d([1, 0])];
      expect(() => jvp((y) => y, x, tf.scalar(1))).toThrow("tangent of 'x' has shape [], its primal [2]");
      expect(() => jvp((y) => y, [x], { 0: v } as never)).toThrow("structure of primals");
      expect(() => jvp((y) => y, { a: x }, { b: v } as never)).toThrow("'b', which primals lacks");
      expect(() => jvp((y) => y, tf.cast(x, "int32"), tf.cast(v, "int32"))).toThrow("must be float32");
      expect(() => jvp((async (y: tf.Tensor) => y) as never, x, v)).toThrow("returned a promise");
      expect(() => jvp((() => 3) as never, x, v)).toThrow("returned number");
      expect(() => hvp((y) => y, x, v)).toThrow("scalar-valued, but returned shape [2]");
      expect(() => tf.grad((y) => jvp((z) => tf.square(z), y, v).tangent)(x)).toThrow(UnsupportedNestingError);
      expect(
        at(
          tf.grad((y) =>
            tf.mul(
              y,
              detached(() => jvp((z) => tf.square(z), y, tf.scalar(1)).tangent),
            ),
          )(tf.scalar(2)),
        ),
      ).toBe(4);
      const uncovered = () =>
        jvp((y) => tf.maxPool3d(y as tf.Tensor5D, 1, 1, "same"), tf.ones([1, 2, 2, 2, 1]), tf.ones([1, 2, 2, 2, 1]));
      expect(uncovered).toThrow(UncoveredKernelError);
      expect(uncovered).toThrow(/kernel 'MaxPool3D' received a tangent on 'x'.*registerTangent\("MaxPool3D"/);
    }));

  it(`stopGradient is constant for the tape, for tangents, and for kernels without a gradient (${backend})`, () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const [x, v] = [tf.tensor1d([3, 1]), tf.tensor1d([1, 1])];
      const f = (y: tf.Tensor) => tf.mul(y, stopGradient(y));
      expect(list(tf.grad((y) => tf.sum(f(y)))(x))).toEqual([3, 1]);
      expect(list(jvp(f, x, v).tangent)).toEqual([3, 1]);
      expect(list(hvp((y) => tf.sum(f(y)), x, v))).toEqual([0, 0]); // the gradient is stop(y), which does not move
      const counted = (y: tf.Tensor) =>
        tf.sum(tf.mul(y, tf.topk(tf.cast(tf.greater(stopGradient(y), 2), "float32"), 2).values));
      expect(list(tf.grad(counted)(x))).toEqual([1, 0]);
      const tree = stopGradient({ a: x, deep: [x, "kept"] as const, n: 3 });
      expect([list(tree.a), list(tree.deep[0]), tree.deep[1], tree.n]).toEqual([[3, 1], [3, 1], "kept", 3]);
      expect(tree.a.id).not.toBe(x.id);
      const aliasOfConstant = (y: tf.Tensor) => tf.sum(tf.mul(y, tf.reshape(tf.clone(stopGradient(y)), [2])));
      expect(at(jvp(aliasOfConstant, x, v).tangent)).toBe(4);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("detached runs f off the tape, with a tape of its own if it takes gradients, and returns constants", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const [x, v] = [tf.tensor1d([3, 1, 2]), tf.ones([3])];
      const best = (y: tf.Tensor) => detached(() => tf.topk(tf.exp(y), 1)).indices;
      expect(list(tf.grad((y) => tf.sum(tf.gather(y, best(y))))(x))).toEqual([1, 0, 0]);
      const slope = (y: tf.Tensor) => detached(() => tf.grad((z) => tf.sum(tf.square(z)))(y)); // 2y, as a constant
      const loss = (y: tf.Tensor) => tf.sum(tf.mul(y, slope(y)));
      expect(list(tf.grad(loss)(x))).toEqual([6, 2, 4]);
      expect(at(jvp(loss, x, v).tangent)).toBe(12);
      const views = (y: tf.Tensor) => detached(() => ({ same: y, view: tf.reshape(y, [3]), kept: "text" }));
      const { tangent } = jvp((y) => [views(y).same, views(y).view, tf.mul(y, views(y).view)], x, v);
      expect(tangent.map(list)).toEqual([
        [0, 0, 0],
        [0, 0, 0],
        [3, 1, 2],
      ]);
      const inner = (y: tf.Tensor) =>
        tf.mul(
          y,
          detached(() => jvp((z) => tf.square(z), y, v).tangent),
        );
      expect(list(jvp(inner, x, v).tangent)).toEqual([6, 2, 4]);
      const body = tf.customGrad((y) => ({
        value: tf.mul(y as tf.Tensor, slope(y as tf.Tensor)),
        gradFunc: (dy) => dy,
      }));
      expect(list(tf.grad((y) => tf.sum(body(y)))(x))).toEqual([1, 1, 1]);
      expect(() => detached(async () => x)).toThrow("returned a promise");
    });
    expect(tf.memory().numTensors).toBe(before);
    const [x, kept] = [tf.scalar(1), tf.memory().numTensors];
    detached(() => [tf.sin(x), tf.cos(tf.sin(x)), x]).forEach((y) => y.dispose());
    expect(tf.memory().numTensors).toBe(kept);
    expect(at(x)).toBe(1);
    x.dispose();
  });
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { adamW, type AdamWOptions, type AdamWState } from "./adam-w.js";
import { type Params, randomFromSeed } from "@vpt/contracts";
import { numbersOf } from "../testing/toy.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const random = randomFromSeed(0, "adamW test");
const steps = 30;
const gradients = Array.from({ length: steps }, () => Array.from({ length: 6 }, () => 3 * random.normal()));
const start = Array.from({ length: 6 }, random.normal);
const rate = (step: number): number => 0.05 / (1 + step);

/** Of the six numbers, those of the matrix `b` of {@link split}: `a` is a vector. */
const matrixB = (i: number): boolean => i >= 2;

/** The algorithm of the paper, line by line, in float64. */
function reference({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, decayed = matrixB }): number[] {
  const [theta, m, v] = [[...start], start.map(() => 0), start.map(() => 0)];
  gradients.forEach((gradient, step) => {
    theta.forEach((_, i) => {
      m[i] = beta1 * m[i]! + (1 - beta1) * gradient[i]!;
      v[i] = beta2 * v[i]! + (1 - beta2) * gradient[i]! ** 2;
      const mHat = m[i]! / (1 - beta1 ** (step + 1));
      const vHat = v[i]! / (1 - beta2 ** (step + 1));
      theta[i] =
        theta[i]! - rate(step) * (mHat / (Math.sqrt(vHat) + epsilon) + (decayed(i) ? weightDecay * theta[i]! : 0));
    });
  });
  return theta;
}

/** Two tensors, so that names matter. */
const split = (xs: readonly number[]): Params => ({
  a: tf.tensor1d(xs.slice(0, 2)),
  b: tf.tensor2d(xs.slice(2), [2, 2]),
});

function run(options: Parameters<typeof adamW>[0]): { params: Params; state: AdamWState } {
  const optimizer = adamW(options);
  let params = split(start);
  let state = optimizer.init(params);
  gradients.forEach((gradient, step) => {
    ({ params, state } = optimizer.update(params, split(gradient), state, rate(step)));
  });
  return { params, state };
}

describe("adamW", () => {
  it.each([{}, { weightDecay: 0.1 }, { beta1: 0.8, beta2: 0.95, epsilon: 1e-3, weightDecay: 0.5 }])(
    "follows the float64 loop with %o",
    (options) =>
      void tf.tidy(() => {
        const { params, state } = run(options);
        const ours = Object.values(numbersOf(params)).flat();
        // float32, 30 steps
        reference(options).forEach((expected, i) => expect(Math.abs(ours[i]! - expected)).toBeLessThan(3e-6));
        expect(state.count).toBe(steps);
      }),
  );

  it.each([
    ["norm.weight", [4], 1],
    ["proj.bias", [4], 1],
    ["proj.bias", [1, 4], 1],
    ["scale", [], 1],
    ["proj.weight", [2, 2], 0.996],
    ["embeddings.cls_token", [1, 1, 4], 0.996],
    ["conv.weight", [1, 1, 2, 2], 0.996],
  ])(
    "takes %s of shape %j from 1 to %d by weight decay .04 at rate .1 alone",
    (name, shape, expected) =>
      void tf.tidy(() => {
        const params = { [name]: tf.ones(shape) };
        const still = { [name]: tf.zeros(shape) };
        const decayTo = (options: AdamWOptions): number[] => {
          const optimizer = adamW({ weightDecay: 0.04, ...options });
          return numbersOf(optimizer.update(params, still, optimizer.init(params), 0.1).params)[name]!;
        };
        decayTo({}).forEach((x) => expect(x).toBeCloseTo(expected, 6));
        decayTo({ decayed: () => true }).forEach((x) => expect(x).toBeCloseTo(0.996, 6));
        decayTo({ decayed: (given) => given !== name }).forEach((x) => expect(x).toBe(1));
      }),
  );

  it("decays all parameters where `decayed` accepts all", () =>
    void tf.tidy(() => {
      const { params } = run({ weightDecay: 0.5, decayed: () => true });
      const expected = reference({ weightDecay: 0.5, decayed: () => true });
      Object.values(numbersOf(params))
        .flat()
        .forEach((x, i) => expect(Math.abs(x - expected[i]!)).toBeLessThan(3e-6));
    }));

  it("leaves its arguments alone and shares nothing with them", () => {
    const optimizer = adamW({ weightDecay: 0.1 });
    const [params, gradient] = [split(start), split(gradients[0]!)];
    const state = optimizer.init(params);
    const before = tf.memory().numTensors;
    const next = optimizer.update(params, gradient, state, 0.1);
    expect(tf.memory().numTensors).toBe(before + 6);
    expect(numbersOf(params)).toEqual(numbersOf(split(start)));
    expect(numbersOf(state.first)).toEqual({ a: [0, 0], b: [0, 0, 0, 0] });
    tf.dispose([params, gradient, state, next]);
  });

  it("updates the parameters that have moments and no other", () =>
    void tf.tidy(() => {
      const optimizer = adamW();
      const { a, b } = split(start);
      const next = optimizer.update({ a: a!, b: b! }, { a: a! }, optimizer.init({ a: a! }), 0.1);
      expect(Object.keys(next.params)).toEqual(["a"]);
    }));

  it("preconditions with the diagonal it divides by", () =>
    void tf.tidy(() => {
      const { state } = run({ epsilon: 1e-4 });
      const second = numbersOf(state.second)["a"]!;
      const preconditioned = adamW({ epsilon: 1e-4 }).precondition({ a: tf.tensor1d([1, -2]) }, state);
      [1, -2].forEach((g, i) =>
        expect(numbersOf(preconditioned)["a"]![i]).toBeCloseTo(
          g / (Math.sqrt(second[i]! / (1 - 0.999 ** steps)) + 1e-4),
          5,
        ),
      );
      const values = [...second, ...numbersOf(state.second)["b"]!];
      const mean = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length / (1 - 0.999 ** steps);
      const direction = { a: tf.tensor1d([1, -2]), b: tf.tensor2d([3, 1, -1, 2], [2, 2]) };
      const damped = numbersOf(adamW({ epsilon: 1e-4 }).precondition(direction, state, 0.3));
      [1, -2, 3, 1, -1, 2].forEach((g, i) =>
        expect([...damped["a"]!, ...damped["b"]!][i]).toBeCloseTo(
          g / (Math.sqrt(mean([values[i]!])) + 0.3 * Math.sqrt(mean(values)) + 1e-4),
          5,
        ),
      );
      const alone = numbersOf(adamW({ epsilon: 1e-4 }).precondition({ a: direction.a }, state, 0.3)); // its own r.m.s.
      expect(alone["a"]![0]).toBeCloseTo(1 / (Math.sqrt(mean([second[0]!])) + 0.3 * Math.sqrt(mean(second)) + 1e-4), 5);
      const fresh = adamW({ epsilon: 0.5 });
      const undirected = fresh.precondition({ a: tf.tensor1d([1, -2]) }, fresh.init(split(start)), 0.3);
      expect(numbersOf(undirected)).toEqual({ a: [2, -4] });
      const untouched = fresh.precondition({ a: tf.tensor1d([1, -2]) }, fresh.init(split(start)));
      expect(numbersOf(untouched)).toEqual({ a: [2, -4] }); // no statistics yet: every parameter alike
    }));
});

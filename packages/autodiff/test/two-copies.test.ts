import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/contracts";
import { afterEach, beforeAll, expect, it, vi } from "vitest";

const load = async () => {
  vi.resetModules();
  return import("../src/index.js");
};
const x = tf.scalar(3);
const one = tf.scalar(1);
const key = Symbol.for("vpt.autodiff");
const shared = globalThis as { [key]?: unknown };

beforeAll(async () => void (await tf.setBackend("cpu")));
afterEach(() => void delete shared[key]);

it("stops a jvp of one copy with stopGradient and detached of another", async () => {
  const [ours, theirs] = [await load(), await load()];
  expect(theirs.jvp).not.toBe(ours.jvp);
  const stopped = ours.jvp((y: tf.Tensor) => y.mul(theirs.stopGradient(y)), x, one);
  expect(stopped.tangent.dataSync()).toEqual(new Float32Array([3])); // 6 if the copies did not agree
  const detached = ours.jvp((y: tf.Tensor) => y.mul(theirs.detached(() => y.square())), x, one);
  expect(detached.tangent.dataSync()).toEqual(new Float32Array([9]));
});

it("nests jvp of one copy in jvp of another", async () => {
  const [ours, theirs] = [await load(), await load()];
  const derivative = (y: tf.Tensor) => theirs.jvp((z: tf.Tensor) => z.pow(3), y, one).tangent;
  expect(ours.jvp(derivative, x, one).tangent.dataSync()[0]).toBeCloseTo(18, 4); // 6x
});

it("shares the rules that are registered", async () => {
  const [ours, theirs] = [await load(), await load()];
  const unregister = theirs.registerTangent("LRN", () => null);
  expect(ours.coveredKernels()).toContainEqual({ kernel: "LRN", family: "registered" });
  unregister();
});

it("refuses another version's state, saying how to get one version", async () => {
  shared[key] = { version: 99, open: [], rules: new Map() };
  const { jvp } = await load();
  expect(() => jvp((y: tf.Tensor) => y.square(), x, one)).toThrow(/npm ls @vpt\/autodiff/);
  try {
    jvp((y: tf.Tensor) => y.square(), x, one);
  } catch (error) {
    expect(VptError.isInstance(error)).toBe(true);
  }
});

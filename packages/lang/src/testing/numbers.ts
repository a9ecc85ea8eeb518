// Plain float64 arithmetic for tests: independent of the tensors it checks.
import * as tf from "@tensorflow/tfjs";
import { innerProduct, type Params } from "@vpt/core";

export const sum = (xs: readonly number[]): number => xs.reduce((total, x) => total + x, 0);
export const dot = (a: readonly number[], b: readonly number[]): number => sum(a.map((x, i) => x * b[i]!));

export function logSoftmax(xs: readonly number[]): number[] {
  const most = Math.max(...xs);
  const logSum = most + Math.log(sum(xs.map((x) => Math.exp(x - most))));
  return xs.map((x) => x - logSum);
}
export const softmax = (xs: readonly number[]): number[] => logSoftmax(xs).map(Math.exp);

/** The one number of a scalar. */
export const at = (scalar: tf.Tensor): number => scalar.dataSync()[0]!;
export const rowsOf = (tensor: tf.Tensor): number[][] => tensor.arraySync() as number[][];
export const listOf = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

/** All numbers of named tensors, for comparisons bit for bit. */
export const numbersOf = (params: Params): Record<string, number[]> =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, listOf(tensor)]));

/** `‖a − b‖ / ‖b‖` over all tensors. */
export const relativeError = (a: Params, b: Params): number =>
  tf.tidy(() => {
    const difference = Object.fromEntries(Object.entries(b).map(([name, tensor]) => [name, a[name]!.sub(tensor)]));
    return Math.sqrt(at(innerProduct(difference, difference)) / at(innerProduct(b, b)));
  });

/** The gradient of `f` at `xs` by central differences. */
export const numericalGradient = (f: (xs: readonly number[]) => number, xs: readonly number[], step = 1e-5): number[] =>
  xs.map((x, i) => (f(xs.with(i, x + step)) - f(xs.with(i, x - step))) / (2 * step));

/** `∇f` over the named parameters. */
export function gradientOf(f: (params: Params) => tf.Scalar, params: Params): Params {
  const names = Object.keys(params);
  const named = (tensors: readonly tf.Tensor[]): Params =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  return named(tf.grads((...tensors: tf.Tensor[]) => f(named(tensors)))(Object.values(params)));
}

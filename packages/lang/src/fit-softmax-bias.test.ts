import { randomFromSeed } from "@vpt/core";
import { expect, it } from "vitest";
import { biasGain, fitSoftmaxBias } from "./fit-softmax-bias.js";
import { dot, numericalGradient, softmax, sum } from "./testing/numbers.js";

/** Predictions of `rows` rows from random logits, and labels drawn from them after a bias of their own. */
function problem(rows: number, bias: readonly number[], seed = 0) {
  const random = randomFromSeed(seed);
  const outcomes = bias.length;
  const probs_NS = new Float32Array(rows * outcomes);
  const labels_N = new Int32Array(rows);
  for (let n = 0; n < rows; n++) {
    const logits = bias.map(() => 2 * random.normal());
    probs_NS.set(softmax(logits), n * outcomes);
    let u = random.uniform();
    labels_N[n] = softmax(logits.map((z, s) => z + bias[s]!)).findIndex((p) => (u -= p) <= 0);
    if (labels_N[n]! < 0) labels_N[n] = outcomes - 1;
  }
  return { probs_NS, labels_N, outcomes };
}

/** Summed NLL of the labels after a bias, in float64. */
const nll = ({ probs_NS, labels_N, outcomes }: ReturnType<typeof problem>, bias: ArrayLike<number>): number =>
  sum(
    [...labels_N].map((label, n) => {
      const tilted = Array.from({ length: outcomes }, (_, s) => probs_NS[n * outcomes + s]! * Math.exp(bias[s]!));
      return -Math.log(tilted[label]! / sum(tilted));
    }),
  );

const truth = [1, -1, 0, 2, -2, 0.5, 0];

it.each([0.1, 1, 20])("finds the minimum of the penalised NLL, ridge %s", (ridge) => {
  const given = problem(300, truth);
  const bias_S = fitSoftmaxBias(given, { ridge, tolerance: 1e-13, iterations: 3000 });
  const objective = (bias: readonly number[]) => nll(given, bias) + (ridge / 2) * dot(bias, bias);
  for (const slope of numericalGradient(objective, [...bias_S])) expect(Math.abs(slope)).toBeLessThan(1e-3);
  expect(biasGain(given, bias_S) * 300).toBeCloseTo(
    nll(
      given,
      truth.map(() => 0),
    ) - nll(given, bias_S),
    4,
  );
});

it("recovers the bias that the labels were drawn with, up to a constant, and lowers the NLL of other rows", () => {
  const bias_S = fitSoftmaxBias(problem(20_000, truth), { ridge: 0.1 });
  const shift = bias_S[0]! - truth[0]!;
  truth.forEach((b, s) => expect(Math.abs(bias_S[s]! - shift - b)).toBeLessThan(0.15));
  const others = problem(1000, truth, 1);
  expect(nll(others, bias_S)).toBeLessThan(
    nll(
      others,
      truth.map(() => 0),
    ) - 200,
  );
});

it("never raises the objective, and stays finite for outcomes that never occur or are never predicted", () => {
  const given = problem(200, truth, 2);
  for (let n = 0; n < 200; n++) given.probs_NS[n * 7 + 3] = n % 2 === 0 ? 0 : given.probs_NS[n * 7 + 3]!;
  given.labels_N.forEach((label, n) => (given.labels_N[n] = label === 3 || label === 5 ? 0 : label));
  let last = nll(
    given,
    truth.map(() => 0),
  );
  for (const iterations of [1, 2, 5, 20, 100]) {
    const bias_S = fitSoftmaxBias(given, { ridge: 1, iterations, tolerance: 0 });
    const now = nll(given, bias_S) + dot([...bias_S], [...bias_S]) / 2;
    expect(now).toBeLessThanOrEqual(last + 1e-9);
    last = now;
  }
});

it("gives a bias of 0 where the predictions already have the right counts", () => {
  const given = { probs_NS: Float32Array.from([0.5, 0.5, 0.5, 0.5]), labels_N: Int32Array.of(0, 1), outcomes: 2 };
  const bias_S = fitSoftmaxBias(given, { ridge: 1 });
  for (const b of bias_S) expect(b).toBeCloseTo(0, 12);
  expect(biasGain(given, bias_S)).toBeCloseTo(0, 12);
});

it("fits the given rows alone", () => {
  const given = problem(60, truth, 3);
  const rows = Int32Array.from({ length: 20 }, (_, i) => 3 * i);
  const alone = {
    probs_NS: Float32Array.from([...rows].flatMap((n) => [...given.probs_NS.subarray(7 * n, 7 * n + 7)])),
    labels_N: rows.map((n) => given.labels_N[n]!),
    outcomes: 7,
  };
  const bias_S = fitSoftmaxBias(alone, { ridge: 1 });
  expect(fitSoftmaxBias({ ...given, rows }, { ridge: 1 })).toEqual(bias_S);
  expect(biasGain({ ...given, rows }, bias_S)).toBeCloseTo(biasGain(alone, bias_S), 12);
});

import * as tf from "@tensorflow/tfjs";
import { pick, randomFromSeed, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { exampleNll } from "../example-nll.js";
import { lastBlockParameters } from "../model/index.js";
import { at, relativeError } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { preferenceFeedback, type PreferenceFeedbackOptions } from "./preference-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const subset = lastBlockParameters(tinyConfig, 1);
const rows = randomExamples(6, randomFromSeed(4));
const pairs = [0, 2, 4].map((i) => ({ chosen: rows[i]!, rejected: rows[i + 1]! }));

type LossOptions = Pick<PreferenceFeedbackOptions, "beta" | "labelSmoothing" | "perToken" | "margin">;

/** The loss itself, from sequence log-probabilities, in float64. */
async function loss(
  params: Params,
  reference: Params | undefined,
  { beta = 0.1, labelSmoothing = 0, perToken = false, margin: most }: LossOptions,
) {
  const logP = async (of: Params) =>
    (await exampleNll(tinyConfig, of, rows)).rows.map(({ nll, tokens }) => (perToken ? -nll / tokens : -nll));
  const [now, then] = [await logP(params), reference ? await logP(reference) : []];
  const terms = pairs.map((_, i) => {
    const gain = (j: number): number => now[j]! - (then[j] ?? 0);
    const gap = gain(2 * i) - gain(2 * i + 1);
    if (most !== undefined) return beta * Math.max(0, most - gap);
    const margin = beta * gap;
    const logSigmoid = (x: number): number => -Math.log1p(Math.exp(-x));
    return -(1 - labelSmoothing) * logSigmoid(margin) - labelSmoothing * logSigmoid(-margin);
  });
  return terms.reduce((sum, x) => sum + x, 0) / pairs.length;
}

it.each([
  ["against another model", { reference: tinyParams(1) }],
  ["with doubtful labels", { reference: tinyParams(1), labelSmoothing: 0.2, beta: 0.5 }],
  ["per token", { reference: tinyParams(1), perToken: true, beta: 2 }],
  ["against itself", {}],
  ["up to a margin", { margin: 2, beta: 1 }], // the pairs are −1.5, 3 and −2 nats apart, or so
  [
    "up to a margin per token, against another model",
    { margin: 0.1, beta: 1, perToken: true, reference: tinyParams(1) },
  ],
] satisfies [string, Partial<PreferenceFeedbackOptions>][])(
  "is the gradient of the preference loss, %s",
  async (_, options: Partial<PreferenceFeedbackOptions>) => {
    const params = tinyParams(0);
    const { gradient } = preferenceFeedback(tinyConfig, { pairs, padToMultiple: 4, ...options });
    const g = await gradient(params, subset, randomFromSeed(0));
    const norm = Math.sqrt(subset.reduce((sum, name) => sum + at(g[name]!.square().sum()), 0));
    const step = 0.02;
    const moved = (sign: number): Params => ({
      ...params,
      ...Object.fromEntries(subset.map((name) => [name, params[name]!.add(g[name]!.mul((sign * step) / norm))])),
    });
    const reference = options.reference ?? (options.margin === undefined ? params : undefined);
    const slope =
      ((await loss(moved(1), reference, options)) - (await loss(moved(-1), reference, options))) / (2 * step);
    expect(Math.abs(slope / norm - 1)).toBeLessThan(5e-3); // along its own direction a gradient rises by its norm
  },
);

it("pulls no pair that is as far apart as the margin, and all of them below it", async () => {
  const params = tinyParams(0);
  const scored = (await exampleNll(tinyConfig, params, rows)).rows.map(({ nll }) => -nll);
  const gaps = pairs.map((_, i) => scored[2 * i]! - scored[2 * i + 1]!).sort((a, b) => a - b);
  const pull = async (margin: number) => {
    const g = await preferenceFeedback(tinyConfig, { pairs, margin }).gradient(params, subset, randomFromSeed(0));
    return Object.values(g).reduce((total, tensor) => total + at(tensor.abs().sum()), 0);
  };
  expect(await pull(gaps[0]! - 0.01)).toBe(0);
  expect(await pull(gaps[0]! + 0.01)).toBeGreaterThan(0);
  expect(await pull(gaps[2]! + 0.01)).toBe(await pull(100));
});

it("flips with its pairs, and leaves only the gradient behind", async () => {
  const params = tinyParams(0);
  const before = tf.memory().numTensors;
  const g = await preferenceFeedback(tinyConfig, { pairs }).gradient(params, subset, randomFromSeed(0));
  expect(tf.memory().numTensors).toBe(before + subset.length);
  const flipped = pairs.map(({ chosen, rejected }) => ({ chosen: rejected, rejected: chosen }));
  const other = await preferenceFeedback(tinyConfig, { pairs: flipped }).gradient(params, subset, randomFromSeed(0));
  const negated = Object.fromEntries(Object.entries(pick(other, subset)).map(([name, tensor]) => [name, tensor.neg()]));
  expect(relativeError(g, negated)).toBeLessThan(1e-5);
});

it("refuses what it cannot learn from", () => {
  const silent = { ...rows[0]!, lossMask: new Uint8Array(8) };
  expect(() => preferenceFeedback(tinyConfig, { pairs: [] })).toThrow(/no pairs/);
  expect(() => preferenceFeedback(tinyConfig, { pairs: [{ chosen: rows[0]!, rejected: silent }] })).toThrow(
    /pair 0 .*without a counted token/,
  );
  expect(() => preferenceFeedback(tinyConfig, { pairs, beta: 0 })).toThrow(/beta 0; expected a positive/);
  expect(() => preferenceFeedback(tinyConfig, { pairs, labelSmoothing: 0.5 })).toThrow(/labelSmoothing 0.5/);
  expect(() => preferenceFeedback(tinyConfig, { pairs, margin: 1, labelSmoothing: 0.1 })).toThrow(/margin 1 with/);
});

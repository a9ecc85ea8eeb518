import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import type { Example } from "../language-batch.js";
import { decoderLogits, lastBlockParameters } from "../model/index.js";
import { at, dot, logSoftmax, numericalGradient, relativeError, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { choiceFeedback } from "./choice-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const subset = lastBlockParameters(tinyConfig, 1);
const alternatives = [3, 7, 11, 19];
const examples = randomExamples(12, randomFromSeed(2)).map((row) => ({
  ...row,
  labels: row.labels.map((id, t) => (t % 2 === 0 ? alternatives[id % 4]! : id)),
}));
/** All rows in each gradient. */
const all = { examples, alternatives, batchSize: examples.length, padToMultiple: 4 };

/** Logits of the alternatives, and which is right, where the label is one of them. */
const choices = (params: Params, rows: readonly Example[] = examples) =>
  rows.flatMap(({ ids, labels, lossMask }) => {
    const table = (
      decoderLogits(tinyConfig, params, tf.tensor2d([[...ids]], undefined, "int32")).arraySync() as number[][][]
    )[0]!;
    return table.flatMap((row, t) => {
      const right = alternatives.indexOf(labels[t]!);
      return lossMask[t]! > 0 && right >= 0 ? [{ logits: alternatives.map((id) => row[id]!), right }] : [];
    });
  });

/** `min_b Σ_n −log softmax(z_n + b)[right] + λ‖b‖²/2`, per choice, by gradient descent in float64. */
function profiledLoss(of: ReturnType<typeof choices>, ridge: number): number {
  const objective = (bias: readonly number[]): number =>
    sum(of.map(({ logits, right }) => -logSoftmax(logits.map((z, a) => z + bias[a]!))[right]!)) +
    (ridge / 2) * dot(bias, bias);
  let bias = alternatives.map(() => 0);
  for (let i = 0; i < 400; i++) {
    const slope = numericalGradient(objective, bias);
    bias = bias.map((b, a) => b - (1 / (ridge + of.length / 2)) * slope[a]!);
  }
  return objective(bias) / of.length;
}

it.each([0.5, 20])("is the gradient of the loss whose bias is profiled out, ridge %s", async (ridge) => {
  const params = tinyParams(0);
  const g = await choiceFeedback(tinyConfig, { ...all, ridge }).gradient(params, subset, randomFromSeed(0));
  const norm = Math.sqrt(subset.reduce((total, name) => total + at(g[name]!.square().sum()), 0));
  const step = 0.02;
  const moved = (sign: number): Params => ({
    ...params,
    ...Object.fromEntries(subset.map((name) => [name, params[name]!.add(g[name]!.mul((sign * step) / norm))])),
  });
  const slope = (profiledLoss(choices(moved(1)), ridge) - profiledLoss(choices(moved(-1)), ridge)) / (2 * step);
  expect(Math.abs(slope / norm - 1)).toBeLessThan(1e-2); // along its own direction a gradient rises by its norm
});

it("does not see the other labels", async () => {
  const params = tinyParams(0);
  const feedback = (rows: readonly Example[]) =>
    choiceFeedback(tinyConfig, { ...all, examples: rows }).gradient(params, subset, randomFromSeed(0));
  const g = await feedback(examples);
  const other = examples.map((row) => ({
    ...row,
    labels: row.labels.map((id) => (alternatives.includes(id) ? id : (id + 1) % 2)),
  }));
  expect(relativeError(await feedback(other), g)).toBeLessThan(1e-6);
});

it("refuses what it cannot learn from", () => {
  const make = (more: object) => () => choiceFeedback(tinyConfig, { ...all, ...more });
  expect(make({ alternatives: [3] })).toThrow(/alternatives \[3\]; expected at least two different ids below 23/);
  expect(make({ alternatives: [3, 99] })).toThrow(/alternatives/);
  expect(make({ ridge: 0 })).toThrow(/ridge 0/);
  const without = examples.map((row) => ({ ...row, labels: row.labels.map(() => 0) }));
  expect(make({ examples: without })).toThrow(/no counted label of 12 examples is one of the 4 alternatives/);
  expect(make({ examples: [] })).toThrow(/no feedback examples/);
});

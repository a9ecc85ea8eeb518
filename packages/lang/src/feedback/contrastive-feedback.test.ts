import * as tf from "@tensorflow/tfjs";
import { innerProduct, randomFromSeed, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { decoderLogits, lastBlockParameters } from "../model/index.js";
import { at, logSoftmax, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { contrastiveFeedback } from "./contrastive-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const subset = lastBlockParameters(tinyConfig, 1);
const params = tinyParams(0);
/** Two alternatives: the wrong one is the other, whatever is drawn. */
const alternatives = [3, 7];
const examples = randomExamples(10, randomFromSeed(2)).map((row) => ({
  ...row,
  labels: row.labels.map((id, t) => (t % 2 === 0 ? alternatives[id % 2]! : id)),
}));
const all = { examples, alternatives, batchSize: examples.length, padToMultiple: 4 };
const gradientOf = async (more: object = {}): Promise<Params> =>
  contrastiveFeedback(tinyConfig, { ...all, ...more }).gradient(params, subset, randomFromSeed(0));
const norm = (g: Params): number => Math.sqrt(at(innerProduct(g, g)));

/** log p(label) − log p(other) at each choice, in float64 from the whole model's logits. */
const gaps = (of: Params): number[] =>
  examples.flatMap(({ ids, labels, lossMask }) => {
    const logits = decoderLogits(tinyConfig, of, tf.tensor2d([[...ids]], undefined, "int32"));
    return (logits.arraySync() as number[][][])[0]!.flatMap((row, t) => {
      if (lossMask[t] === 0 || !alternatives.includes(labels[t]!)) return [];
      const logP = logSoftmax(row);
      return [logP[labels[t]!]! - logP[alternatives.find((id) => id !== labels[t])!]!];
    });
  });

it.each([0.5, 3])("is the gradient of the mean hinge, margin %s", async (margin) => {
  const g = await gradientOf({ margin });
  const lossAt = (by: number): number => {
    const moved = Object.fromEntries(subset.map((name) => [name, params[name]!.add(g[name]!.mul(by / norm(g)))]));
    const hinges = gaps({ ...params, ...moved }).map((gap) => Math.max(0, margin - gap));
    return sum(hinges) / hinges.length;
  };
  const slope = (lossAt(0.01) - lossAt(-0.01)) / 0.02;
  expect(Math.abs(slope / norm(g) - 1)).toBeLessThan(1e-2);
});

it("has no gradient where every label is likelier by the margin, and the whole one where none is", async () => {
  const most = Math.max(...gaps(params));
  expect(norm(await gradientOf({ margin: most + 0.1 }))).toBeCloseTo(norm(await gradientOf({ margin: 100 })), 5);
  // Rows of which the labels are what the model takes for the likelier one.
  const right = gaps(params);
  let n = 0;
  const known = examples.map((row) => ({
    ...row,
    labels: row.labels.map((id, t) => {
      if (row.lossMask[t] === 0 || !alternatives.includes(id)) return id;
      return right[n++]! > 0 ? id : alternatives.find((other) => other !== id)!;
    }),
  }));
  const least = Math.min(...right.map(Math.abs));
  expect(norm(await gradientOf({ examples: known, margin: least / 2 }))).toBe(0);
});

it("draws wrong alternatives by the stream, never the label", async () => {
  const draw = async (seed: number) =>
    norm(
      await contrastiveFeedback(tinyConfig, { ...all, alternatives: [3, 7, 11, 12], margin: 100 }).gradient(
        params,
        subset,
        randomFromSeed(seed),
      ),
    );
  expect(await draw(1)).toBe(await draw(1));
  expect(await draw(1)).not.toBe(await draw(2));
});

it("refuses a margin that is none, and alternatives that no label is", () => {
  expect(() => contrastiveFeedback(tinyConfig, { ...all, margin: 0 })).toThrow(/margin 0; expected a positive number/);
  expect(() => contrastiveFeedback(tinyConfig, { ...all, alternatives: [3] })).toThrow(/alternatives \[3\]/);
});

import * as tf from "@tensorflow/tfjs";
import { innerProduct, randomFromSeed, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { fitLogitBias } from "../evaluation/fit-logit-bias.js";
import { exampleNll } from "../example-nll.js";
import type { Example } from "../language-batch.js";
import { lmFeedback } from "../lm-feedback.js";
import { lastBlockParameters } from "../model/index.js";
import { at } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { profiledFeedback } from "./profiled-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const subset = lastBlockParameters(tinyConfig, 1);
const params = tinyParams(0);
const norm = (g: Params): number => Math.sqrt(at(innerProduct(g, g)));
const moved = (g: Params, by: number): Params => ({
  ...params,
  ...Object.fromEntries(subset.map((name) => [name, params[name]!.add(g[name]!.mul(by))])),
});
/** Rows of which most labels are one token: a style. */
const styled = (count: number, seed: number): Example[] => {
  const random = randomFromSeed(seed);
  return randomExamples(count, random).map((row) => ({
    ...row,
    labels: row.labels.map((id) => (random.uniform() < 0.8 ? 5 : id)),
  }));
};

it("is the gradient of the answer loss after the bias that was fitted at the parameters", async () => {
  const examples = styled(10, 1);
  const options = { examples, batchSize: 10, padToMultiple: 4 };
  const g = await profiledFeedback(tinyConfig, options).gradient(params, subset, randomFromSeed(0));
  const { bias_V } = await fitLogitBias(tinyConfig, params, examples);
  const lossAt = async (by: number): Promise<number> =>
    (await exampleNll(tinyConfig, moved(g, by / norm(g)), examples, { bias_V })).nllPerToken;
  const slope = ((await lossAt(0.02)) - (await lossAt(-0.02))) / 0.04;
  expect(Math.abs(slope / norm(g) - 1)).toBeLessThan(1e-2);
});

it("pulls far less than the answer loss where the rows are a style, and not where they are not", async () => {
  const pulls = async (examples: readonly Example[]) => {
    const options = { examples, batchSize: examples.length };
    const plain = await lmFeedback(tinyConfig, options).gradient(params, subset, randomFromSeed(0));
    const profiled = await profiledFeedback(tinyConfig, { ...options, ridge: 0.01 }).gradient(
      params,
      subset,
      randomFromSeed(0),
    );
    return norm(profiled) / norm(plain);
  };
  const style = randomExamples(8, randomFromSeed(3)).map((row) => ({ ...row, labels: row.labels.map(() => 5) }));
  expect(await pulls(style)).toBeLessThan(0.05);
  expect(await pulls(randomExamples(8, randomFromSeed(3)))).toBeGreaterThan(0.2);
});

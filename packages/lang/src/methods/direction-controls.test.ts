import * as tf from "@tensorflow/tfjs";
import { globalNorm, mapParams, randomFromSeed, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { directionEffect } from "../designers/direction-effect.js";
import { collate } from "../language-batch.js";
import { lmFeedback } from "../lm-feedback.js";
import { lastBlockParameters } from "../model/index.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { randomDirection, rawDirection } from "./direction-controls.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const params = tinyParams(0);
const examples = randomExamples(4);
const on = { config: tinyConfig, feedback: { examples, batchSize: 4 }, candidates: 6 };
const average = lmFeedback(tinyConfig, { examples }).gradient(
  params,
  lastBlockParameters(tinyConfig, 1),
  randomFromSeed(1),
) as Params;
/** As a preconditioner does: each entry at its own scale. */
const direction = mapParams(average, (g) => g.div(g.abs().add(1e-3)).mul(0.01));
const effectOf = (of: Params): number =>
  directionEffect(tinyConfig, params, collate(examples), of, { candidates: 6 }).dataSync()[0]!;
const cosine = (a: Params, b: Params): number =>
  tf.tidy(() => {
    const dot = tf.addN(Object.keys(a).map((name) => a[name]!.mul(b[name]!).sum()));
    return dot.div(globalNorm(a).mul(globalNorm(b))).dataSync()[0]!;
  });

it.each([
  ["the raw average", rawDirection(on)],
  ["a random direction", randomDirection(0, on)],
])("%s moves predictions as much as the value's direction", (_, replace) => {
  const other = replace(direction, { average, params, auxiliary: {} });
  expect(Math.abs(effectOf(other) / effectOf(direction) - 1)).toBeLessThan(1e-4);
});

it("raw points along the average, random nowhere near the value's, and the same for a seed", () => {
  const given = { average, params, auxiliary: {} };
  expect(cosine(rawDirection(on)(direction, given), average)).toBeCloseTo(1, 5);
  const random = randomDirection(0, on)(direction, given);
  expect(Math.abs(cosine(random, direction))).toBeLessThan(0.1);
  expect(cosine(random, randomDirection(0, on)(direction, given))).toBeCloseTo(1, 5);
  expect(Math.abs(cosine(random, randomDirection(1, on)(direction, given)))).toBeLessThan(0.1);
});

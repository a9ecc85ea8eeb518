import * as tf from "@tensorflow/tfjs";
import { mapParams, randomFromSeed, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { languageView } from "../causal-learner.js";
import { collate } from "../language-batch.js";
import { lmFeedback } from "../lm-feedback.js";
import { lastBlockParameters } from "../model/index.js";
import { listOf, rowsOf, softmax, sum } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import { directionEffect } from "./direction-effect.js";
import { tiltDesigner } from "./tilt.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const params = tinyParams(0);
const batch = collate(randomExamples(3), { padToMultiple: 4 });
const random = randomFromSeed(1, "effect");
const gradient = () =>
  lmFeedback(tinyConfig, { examples: randomExamples(4, random) }).gradient(
    params,
    lastBlockParameters(tinyConfig, 1),
    random,
  ) as Params;

it("is the deviation of the log-probabilities' derivatives, taken as differences in float64", () => {
  const direction = gradient();
  const step = 1e-2;
  const logits = (sign: number) => {
    const moved = mapParams(direction, (d, name) => params[name]!.add(d.mul(sign * step)));
    return rowsOf(languageView(tinyConfig, { ...params, ...moved }, batch).logits_NV);
  };
  const view = languageView(tinyConfig, params, batch);
  const ids = rowsOf(tiltDesigner({ candidates: 6 }).design({}, batch, view)["ids_NK"]!);
  const [ahead, behind, here] = [logits(1), logits(-1), rowsOf(view.logits_NV)];
  const variances = ids.map((row, n) => {
    const p = softmax(row.map((id) => here[n]![id]!));
    const change = row.map((id) => (ahead[n]![id]! - behind[n]![id]!) / (2 * step));
    const mean = sum(p.map((x, k) => x * change[k]!));
    return sum(p.map((x, k) => x * (change[k]! - mean) ** 2));
  });
  const weights = listOf(batch.weight_N);
  const expected = Math.sqrt(sum(variances.map((v, n) => weights[n]! * v)));
  const found = directionEffect(tinyConfig, params, batch, direction, { candidates: 6 }).dataSync()[0]!;
  expect(Math.abs(found / expected - 1)).toBeLessThan(0.02);
});

it("grows with the direction's length", () => {
  const direction = gradient();
  const of = (scale: number): number =>
    directionEffect(
      tinyConfig,
      params,
      batch,
      mapParams(direction, (d) => d.mul(scale)),
      { candidates: 6 },
    ).dataSync()[0]!;
  expect(of(3) / of(1)).toBeCloseTo(3, 4);
});

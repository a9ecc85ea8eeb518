import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { probeUpdates, type Params } from "@vpt/core";
import { collateDense, denseEvaluator, vitFeatures } from "@vpt/vision";
import { beforeAll, expect, it } from "vitest";
import { createProgress } from "../progress.js";
import { tinyVision } from "../testing/tiny-vision.js";
import { visionConfigSchema } from "./config.js";
import { denseFeatures } from "./dense-features.js";
import { downstreamProbe } from "./downstream-probe.js";
import { fitHeads } from "./fit-heads.js";
import { initialVision, type VisionModel } from "./start-vision.js";
import { loadPools, type VisionPools } from "./vision-data.js";
import { tasksOf } from "./vision-method-options.js";

const parse = (more: object = {}) => visionConfigSchema.parse({ ...tinyVision, ...more });
let [model, pools] = [{} as VisionModel, {} as VisionPools];
beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
  model = await initialVision(parse(), createProgress({ quiet: true }));
  pools = await loadPools(parse(), () => undefined);
});
const numbers = (params: Params) => Object.fromEntries(Object.entries(params).map(([n, x]) => [n, [...x.dataSync()]]));

it("fits heads that lower the loss of what they train on, the same for equal seeds", () => {
  const evaluator = denseEvaluator(16, tasksOf(parse(), pools));
  const known = denseFeatures(model.config, model.params, pools.evaluatorHeads);
  const lossAfter = (steps: number): number => {
    const heads = fitHeads(evaluator, known, parse({ linearProbe: { steps, batchSize: 4 } }));
    return evaluator.loss(heads, known.features_BHWD, known, { training: true }).loss.dataSync()[0]!;
  };
  expect(lossAfter(60)).toBeLessThan(0.8 * lossAfter(1));
  const fit = (seed: number) => numbers(fitHeads(evaluator, known, parse({ seed })));
  expect(fit(1)).toEqual(fit(1));
  expect(fit(1)).not.toEqual(fit(2));
});

it("is the loss of those heads on held-out images, and leaves no tensor behind", () => {
  const run = parse();
  const before = tf.memory().numTensors;
  const probe = downstreamProbe(model.config, model.params, run, pools);
  const loss = probe.downstream(model.params);
  const value = loss.dataSync()[0]!;
  loss.dispose();
  probe.dispose();
  expect(tf.memory().numTensors).toBe(before);

  const expected = tf.tidy(() => {
    const evaluator = denseEvaluator(16, tasksOf(run, pools));
    const heads = fitHeads(evaluator, denseFeatures(model.config, model.params, pools.evaluatorHeads), run);
    const batch = collateDense(pools.linearProbe);
    const { patches_BHWD } = vitFeatures(model.config, model.params, batch.images_BHWC);
    return evaluator.loss(heads, patches_BHWD, batch).loss.dataSync()[0]!;
  });
  expect(value).toBeCloseTo(expected, 5);
});

it("has a gradient in every parameter, zero in the projection head's, that predicts small steps", async () => {
  const probe = downstreamProbe(model.config, model.params, parse(), pools);
  const names = Object.keys(model.params);
  const { grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) =>
    probe.downstream(Object.fromEntries(names.map((name, i) => [name, tensors[i]!]))),
  )(Object.values(model.params));
  names.forEach((name, i) => {
    const largest = Math.max(...grads[i]!.abs().dataSync());
    if (name.startsWith("head.")) expect(largest, name).toBe(0);
  });
  const after = Object.fromEntries(
    names.map((name, i) => [name, tf.sub(model.params[name]!, tf.mul(grads[i]!, 1e-3))]),
  );
  const updates = probeUpdates(probe.downstream);
  const [pair] = await updates.evaluate(model.params, [after]);
  const { predicted, realised } = pair!;
  expect(predicted).toBeGreaterThan(0);
  expect(Math.abs(realised / predicted - 1)).toBeLessThan(0.1); // second order and float32 at a step of 1e-3
  probe.dispose();
});

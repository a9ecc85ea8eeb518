// Every implementation of a contract of this package keeps to the contract's laws, and so does the native executor.
import { compile, useBackend } from "@vpt/backend";
import { adamW, type Designer, type Feedback } from "@vpt/core";
import { brokenLaws, designerLaws, executorLaws, feedbackLaws, learnerLaws } from "@vpt/core/testing";
import { beforeAll, describe, expect, it } from "vitest";
import {
  identityMaskDesigner,
  randomMaskDesigner,
  sitMaskDesigner,
  tiltMaskDesigner,
  unetMaskDesigner,
} from "./designers/index.js";
import { dinoLearner, type VisionBatch, type VisionView } from "./dino/index.js";
import { denseFeedback, randomFeedback } from "./feedback/index.js";
import { denseEvaluator } from "./heads/index.js";
import { lastViTBlockParameters } from "./model/index.js";
import { scenes, tinyBatch, tinyConfig, tinyState } from "./testing/index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const subset = lastViTBlockParameters(tinyConfig, 1);
const evaluator = denseEvaluator(tinyConfig.hiddenSize, { segmentation: { classes: 5 } });
const training = { evaluator, optimizer: adamW(), learningRate: 1e-2, samples: [] };

it("dinoLearner keeps the learner laws", async () => {
  const { params, auxiliary } = tinyState();
  const batch = tinyBatch();
  const designer = unetMaskDesigner({ baseChannels: 4, depth: 2 });
  const phi = designer.init(0);
  const taskOf = (view: VisionView) => designer.design(phi, batch, view);
  const learner = dinoLearner(tinyConfig, { teacherInput: "augmented" }); // the mask enters the student's views alone
  const laws = learnerLaws(learner, { params, subset, batch, auxiliary, taskOf, tolerance: 5e-2 });
  for (const { check } of laws) await check();
});

describe("designers keep the designer laws", () => {
  it.each<[string, Designer<VisionBatch, VisionView>]>([
    ["identityMaskDesigner", identityMaskDesigner()],
    ["randomMaskDesigner", randomMaskDesigner()],
    ["tiltMaskDesigner", tiltMaskDesigner()],
    ["unetMaskDesigner", unetMaskDesigner({ baseChannels: 4, depth: 2 })],
    ["sitMaskDesigner", sitMaskDesigner({ patchSize: 4, width: 12, layers: 1, heads: 3 })],
  ])("%s", async (_, { penalty: _penalty, ...designer }) => {
    // Without the penalty: its total variation |∂μ| has kinks, where a finite difference is not the gradient.
    const batch = tinyBatch();
    const view = { globals_NHWC: batch.globals_NHWC };
    // Fresh parameters are about 1e-2 themselves: over that distance the transformer is curved (its error falls as ε²).
    const laws = designerLaws(designer, { batch, view, tolerance: 5e-3, epsilon: 1e-3 });
    expect(await brokenLaws(laws)).toEqual([]);
  });
});

describe("feedback keeps the feedback laws", () => {
  it.each<[string, Feedback]>([
    ["denseFeedback", denseFeedback(tinyConfig, { evaluator, samples: scenes(4), batchSize: 2 })],
    ["randomFeedback", randomFeedback()],
  ])("%s", async (_, feedback) => {
    const { params, auxiliary } = tinyState({}, training);
    expect(await brokenLaws(feedbackLaws(feedback, { params, subset, auxiliary }))).toEqual([]);
  });
});

it("compile of the native backend keeps the executor laws", async () => {
  expect(await brokenLaws(executorLaws(compile))).toEqual([]);
});

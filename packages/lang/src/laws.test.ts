// Every implementation of a contract of this package keeps to the contract's laws.
import * as tf from "@tensorflow/tfjs";
import { type Designer, type Feedback } from "@vpt/core";
import { batchSourceLaws, brokenLaws, designerLaws, feedbackLaws, learnerLaws } from "@vpt/core/testing";
import { beforeAll, describe, expect, it } from "vitest";
import { causalLearner, languageView, nextTokenTask, type LanguageView } from "./causal-learner.js";
import { fixedTargetDesigner } from "./designers/fixed-target.js";
import { nextTokenDesigner } from "./designers/next-token.js";
import { oracleDesigner } from "./designers/oracle.js";
import { tangentDesigner } from "./designers/tangent.js";
import { tiltDesigner } from "./designers/tilt.js";
import { topKDesigner } from "./designers/top-k.js";
import { exampleBatches } from "./example-batches.js";
import { preferenceFeedback } from "./feedback/preference-feedback.js";
import { collate, type LanguageBatch } from "./language-batch.js";
import { lmFeedback } from "./lm-feedback.js";
import { lastBlockParameters } from "./model/index.js";
import { randomExamples, tinyConfig, tinyParams } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const params = tinyParams(0);
const batch = collate(randomExamples(2));
const subset = lastBlockParameters(tinyConfig, 1);

describe("causalLearner", () => {
  it.each([false, true])("keeps the learner laws, activation checkpointing %s", async (activationCheckpointing) => {
    const learner = causalLearner(tinyConfig, { activationCheckpointing });
    const laws = learnerLaws(learner, { params, subset, batch, taskOf: () => nextTokenTask(batch), tolerance: 3e-2 });
    expect(await brokenLaws(laws)).toEqual([]);
  });
});

describe("designers keep the designer laws", () => {
  const view = languageView(tinyConfig, params, batch);
  it.each<[string, Designer<LanguageBatch, LanguageView>]>([
    ["nextTokenDesigner", nextTokenDesigner()],
    [
      "topKDesigner",
      topKDesigner({ embeddingSize: tinyConfig.hiddenSize, layers: 1, width: 8, heads: 2, candidates: 5 }),
    ],
    ["tiltDesigner", tiltDesigner({ candidates: 5 })],
    ["tiltDesigner, anchored", tiltDesigner({ candidates: 5, anchored: true })],
    ["tangentDesigner", tangentDesigner({ embeddingSize: tinyConfig.hiddenSize, candidates: 5 })],
    ["oracleDesigner", oracleDesigner({ candidates: 5 })],
    ["fixedTargetDesigner", fixedTargetDesigner({ proposal: "uniform", candidates: 5, gate: 0.3 })],
  ])("%s", async (_, designer) => {
    expect(await brokenLaws(designerLaws(designer, { batch, view, tolerance: 3e-2 }))).toEqual([]);
  });
});

describe("feedback and batches keep their laws", () => {
  const examples = randomExamples(6);
  it.each<[string, Feedback]>([
    ["lmFeedback", lmFeedback(tinyConfig, { examples, batchSize: 2 })],
    [
      "preferenceFeedback",
      preferenceFeedback(tinyConfig, { pairs: [{ chosen: examples[0]!, rejected: examples[1]! }], batchSize: 1 }),
    ],
  ])("%s", async (_, feedback) => {
    expect(await brokenLaws(feedbackLaws(feedback, { params, subset }))).toEqual([]);
  });

  it("exampleBatches", async () => {
    expect(await brokenLaws(batchSourceLaws(() => exampleBatches(examples, { batchSize: 4, seed: 0 })))).toEqual([]);
  });
});

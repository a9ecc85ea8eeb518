import * as tf from "@tensorflow/tfjs";
import { compile, useBackend } from "@vpt/backend";
import { randomFromSeed, type Feedback, type Params } from "@vpt/core";
import { brokenLaws, feedbackLaws } from "@vpt/core/testing";
import { describe, expect, it } from "vitest";
import { computeHiddenStates } from "../compute-hidden-states.js";
import { lmFeedback } from "../lm-feedback.js";
import { lastBlockParameters } from "../model/index.js";
import { tinyLanguageModel } from "../model/tiny-language-model.js";
import { questionAnswerExample } from "../question-answer-example.js";
import { relativeError } from "../testing/numbers.js";
import { feedbackNames, namedFeedback, type FeedbackName } from "./named-feedback.js";

const { name: backend } = await useBackend({ device: "cpu", log: (line) => console.warn(line) });
const { config, params, tokenizer } = tinyLanguageModel(0);
const from = config.layers - 1;
const subset = lastBlockParameters(config, 1);
const texts = ["3 + 4 = 7", "10 - 4 = 6", "12 * 2 = 24", "9 + 9 = 18", "5 is 5", "2 + 2 = 4"];
const whole = texts.map((answer) => questionAnswerExample(tokenizer, { question: "How many?", answer }));
const examples = await computeHiddenStates(config, params, whole, { to: from });
const made = (name: FeedbackName, more: object = {}): Feedback =>
  namedFeedback(name, tokenizer)(config, { examples, batchSize: 4, padToMultiple: 8, from, ...more });
const gradientOf = async (feedback: Feedback): Promise<Params> => feedback.gradient(params, subset, randomFromSeed(0));

describe.each(feedbackNames)("the feedback %s", (name) => {
  it("keeps the laws", async () => {
    expect(await brokenLaws(feedbackLaws(made(name), { params, subset }))).toEqual([]);
  });

  it("is the same from cached hidden states and from the tokens", async () => {
    const [cached, fresh] = [
      await gradientOf(made(name)),
      await gradientOf(made(name, { examples: whole, from: undefined })),
    ];
    expect(relativeError(cached, fresh)).toBeLessThan(1e-3);
    tf.dispose([cached, fresh]);
  });

  it.skipIf(backend !== "tensorflow")("is the same compiled", async () => {
    const [eager, fast] = [await gradientOf(made(name)), await gradientOf(made(name, { compile }))];
    expect(relativeError(fast, eager)).toBeLessThan(1e-3);
    tf.dispose([eager, fast]);
  });

  it("is the mean over processes, each with its share of the rows", async () => {
    const shares = await Promise.all([0, 1].map(async (rank) => gradientOf(made(name, { shard: { rank, size: 2 } }))));
    const alone = await gradientOf(made(name));
    const mean = Object.fromEntries(subset.map((each) => [each, shares[0]![each]!.add(shares[1]![each]!).div(2)]));
    expect(relativeError(mean, alone)).toBeLessThan(1e-3);
    tf.dispose([shares, alone, mean] as tf.TensorContainer);
  });
});

it("are four different ones, and lm is lmFeedback", async () => {
  const gradients = await Promise.all(feedbackNames.map(async (name) => gradientOf(made(name))));
  gradients.forEach((a, i) => gradients.slice(0, i).forEach((b) => expect(relativeError(a, b)).toBeGreaterThan(0.05)));
  expect(namedFeedback("lm", tokenizer)).toBe(lmFeedback);
  tf.dispose(gradients as tf.TensorContainer);
});

it("says which feedbacks a tokenizer without single digits leaves", () => {
  const pairs = { ...tokenizer, encode: (text: string) => [...text].slice(0, text.length / 2).map((_, i) => i) };
  expect(() => namedFeedback("choice", pairs)).toThrow(/feedback "choice": .*one token a digit.*"profiled" or "lm"/);
  expect(() =>
    made("contrastive", {
      examples: [questionAnswerExample(tokenizer, { question: "1?", answer: "no" })],
      from: undefined,
    }),
  ).toThrow(/contrastiveFeedback: no counted label of 1 examples is one of the 10 alternatives/);
});

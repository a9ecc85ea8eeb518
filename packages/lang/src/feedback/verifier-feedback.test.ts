import * as tf from "@tensorflow/tfjs";
import {
  adamW,
  alignmentCosine,
  createTrainState,
  globalNorm,
  pick,
  randomFromSeed,
  trainStep,
  type Params,
} from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causalLearner, lossLogits } from "../causal-learner.js";
import { tiltDesigner } from "../designers/tilt.js";
import { collate } from "../language-batch.js";
import { lastBlockParameters } from "../model/index.js";
import { at, gradientOf } from "../testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "../testing/tiny-language.js";
import type { Verifier } from "./run-verifier.js";
import { verifierFeedback, type VerifierFeedbackOptions, type VerifierRound } from "./verifier-feedback.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Words are token ids. */
const tokenizer = {
  encode: (text: string) => text.split(" ").map(Number),
  decode: (ids: ArrayLike<number>) => Array.from(ids).join(" "),
  vocabularySize: tinyConfig.vocabSize,
};
const model = { config: tinyConfig, tokenizer };
const subset = lastBlockParameters(tinyConfig, 1);
const reward = (id: number): number => (id % 5) / 4;
const prompt = "3 1 4";
const make = (verify: Verifier, options: Partial<VerifierFeedbackOptions> = {}) =>
  verifierFeedback(model, { prompts: [prompt], verify, maxNewTokens: 1, padToMultiple: 4, ...options });

describe("verifierFeedback", () => {
  it("points where minus the expected reward rises, worked out over every token", async () => {
    const params = tinyParams(0);
    const batch = collate(
      [{ ids: Int32Array.of(3, 1, 4), labels: Int32Array.of(1, 4, 0), lossMask: Uint8Array.of(0, 0, 1) }],
      { padToMultiple: 1 },
    );
    const rewards = tf.tensor1d(Array.from({ length: tinyConfig.vocabSize }, (_, id) => reward(id)));
    const expected = gradientOf(
      (moved) =>
        tf
          .softmax(lossLogits(tinyConfig, { ...params, ...moved }, batch))
          .squeeze()
          .mul(rewards)
          .sum()
          .neg() as tf.Scalar,
      pick(params, subset),
    );
    const feedback = make(({ text }) => reward(Number(text)), { samples: 150, batchSize: 1 });
    const g = await feedback.gradient(params, subset, randomFromSeed(0));
    expect(at(alignmentCosine(g, expected))).toBeGreaterThan(0.95);
    expect(Math.abs(at(globalNorm(g)) / at(globalNorm(expected)) - 1)).toBeLessThan(0.4);
  });

  it("counts what throws, hangs or does not know, and learns from the rest", async () => {
    const rounds: VerifierRound[] = [];
    let asked = 0;
    const odd: Verifier = ({ text }) => {
      asked += 1;
      if (asked === 1) throw new Error("broken");
      if (asked === 2) return new Promise(() => {});
      if (asked === 3) return NaN;
      return reward(Number(text));
    };
    const feedback = make(odd, { samples: 12, timeout: 20, onRound: (round) => rounds.push(round) });
    const params = tinyParams(0);
    const before = tf.memory().numTensors;
    const g = await feedback.gradient(params, subset, randomFromSeed(0));
    expect(rounds).toMatchObject([
      { prompts: 1, samples: 12, informative: 1, unknown: { threw: 1, "timed out": 1, "not a number": 1 } },
    ]);
    expect(tf.memory().numTensors).toBe(before + subset.length);
    expect(at(globalNorm(g))).toBeGreaterThan(0);
    expect(at(globalNorm(g))).toBeLessThan(Infinity);
  });

  it("a round that says nothing skips the meta step, and training goes on", async () => {
    for (const verify of [
      () => true,
      () => {
        throw new Error("down");
      },
    ] satisfies Verifier[]) {
      const optimizer = adamW();
      const designer = tiltDesigner({ candidates: 4 });
      const params: Params = tinyParams(0);
      const state = createTrainState({ params, trainable: subset, optimizer, seed: 0 });
      const value = {
        feedback: make(verify),
        subset,
        designerOptimizer: optimizer,
        designerLearningRate: () => 1e-3,
        updateEvery: 1,
      };
      const options = { learner: causalLearner(tinyConfig), designer, optimizer, learningRate: () => 1e-2, value };
      const { state: next } = await trainStep(state, collate(randomExamples(2), { padToMultiple: 4 }), options);
      expect(next.counters).toEqual({ meta: 1, skippedMeta: 1, skippedStep: 0 });
      expect(next.step).toBe(1);
    }
  });

  it("repeats for a seed", async () => {
    const params = tinyParams(0);
    const once = async () => {
      const g = await make(({ text }) => reward(Number(text)), { maxNewTokens: 3 }).gradient(
        params,
        ["model.norm.weight"],
        randomFromSeed(5),
      );
      return [...(await g["model.norm.weight"]!.data())];
    };
    expect(await once()).toEqual(await once());
  });

  it("refuses no prompts and a single sample", () => {
    expect(() => make(() => 1, { prompts: [] })).toThrow(/no prompts/);
    expect(() => make(() => 1, { samples: 1 })).toThrow(/samples 1; expected a whole number of at least 2/);
  });
});

import * as tf from "@tensorflow/tfjs";
import { pick, randomFromSeed, VptError, type Params } from "@vpt/core";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causalLearner, nextTokenTask } from "./causal-learner.js";
import { collate, type Example } from "./language-batch.js";
import { lmFeedback } from "./lm-feedback.js";
import { lastBlockParameters } from "./model/index.js";
import { gradientOf, numbersOf, relativeError } from "./testing/numbers.js";
import { randomExamples, tinyConfig, tinyParams } from "./testing/tiny-language.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const examples = randomExamples(6, randomFromSeed(3));
const subset = lastBlockParameters(tinyConfig, 1);

/** Examples that note which of them were read. */
function watched(): { examples: Example[]; read: Set<number> } {
  const read = new Set<number>();
  return {
    read,
    examples: examples.map((example, i) => ({
      ...example,
      get ids() {
        read.add(i);
        return example.ids;
      },
    })),
  };
}

describe("lmFeedback", () => {
  it.each(["token-mean", "sequence-mean"] as const)("is ∇ of the mean answer loss on the drawn rows, %s", (loss) => {
    const params = tinyParams(0);
    const { examples: rows, read } = watched();
    const feedback = lmFeedback(tinyConfig, { examples: rows, batchSize: 3, padToMultiple: 4, loss });
    for (let draw = 0; draw < 3; draw++) {
      read.clear();
      const gradient = feedback.gradient(params, subset, randomFromSeed(draw)) as Params;
      const batch = collate(
        [...read].map((i) => examples[i]!),
        { padToMultiple: 4, loss },
      );
      const expected = gradientOf(
        (moved) => causalLearner(tinyConfig).loss({ ...params, ...moved }, batch, () => nextTokenTask(batch)),
        pick(params, subset),
      );
      expect(Object.keys(gradient)).toEqual([...subset]);
      expect(relativeError(gradient, expected)).toBeLessThan(1e-5);
    }
  });

  it("draws without replacement, all rows alike, and another batch each time", async () => {
    const params = tinyParams(0);
    const { examples: rows, read } = watched();
    const feedback = lmFeedback(tinyConfig, { examples: rows, batchSize: 2, padToMultiple: 1 });
    const random = randomFromSeed(0);
    const counts = Array<number>(6).fill(0);
    for (let draw = 0; draw < 60; draw++) {
      read.clear();
      tf.dispose(await feedback.gradient(params, ["model.norm.weight"], random));
      expect(read.size).toBe(2);
      for (const i of read) counts[i]!++;
    }
    for (const count of counts) expect(Math.abs(count - 20)).toBeLessThan(4 * Math.sqrt(60 * (1 / 3) * (2 / 3)));
  });

  it("takes all rows when the batch is larger, and repeats for a seed", () => {
    const params = tinyParams(0);
    const { examples: rows, read } = watched();
    const feedback = lmFeedback(tinyConfig, { examples: rows, batchSize: 100 });
    const draw = () => numbersOf(feedback.gradient(params, ["model.norm.weight"], randomFromSeed(1)) as Params);
    expect(draw()).toEqual(draw());
    expect(read.size).toBe(6);
  });

  it("leaves only the gradient behind, and needs examples", () => {
    const params = tinyParams(0);
    const before = tf.memory().numTensors;
    const gradient = lmFeedback(tinyConfig, { examples }).gradient(params, subset, randomFromSeed(0)) as Params;
    expect(tf.memory().numTensors).toBe(before + subset.length);
    tf.dispose(gradient);
    expect(() => lmFeedback(tinyConfig, { examples: [] })).toThrow(VptError);
    expect(() => lmFeedback(tinyConfig, { examples: [] })).toThrow("no feedback examples");
  });

  it("refuses rows of which nothing counts, and ids that the model does not have", () => {
    const silent = examples.map((row) => ({ ...row, lossMask: new Uint8Array(row.lossMask.length) }));
    expect(() => lmFeedback(tinyConfig, { examples: silent })).toThrow(/none of \d+ examples has a counted token/);
    const strange = { ...examples[0]!, labels: examples[0]!.labels.map(() => tinyConfig.vocabSize) };
    expect(() => lmFeedback(tinyConfig, { examples: [strange] })).toThrow(
      `example 0 holds id ${tinyConfig.vocabSize}, outside the model's ${tinyConfig.vocabSize}`,
    );
  });
});

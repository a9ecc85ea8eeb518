import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadFixture } from "./__fixtures__/load-fixture.js";
import { exampleNll } from "./example-nll.js";
import { decoderLogits, type LanguageModel } from "./model/index.js";
import { questionAnswerExample } from "./question-answer-example.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const { config, params } = loadFixture("qwen2-tied");
/** Bytes below 128 are their own ids. */
const tokenizer: LanguageModel["tokenizer"] = {
  encode: (text) => [...Buffer.from(text)],
  decode: (ids) => Buffer.from(Array.from(ids)).toString(),
  vocabularySize: 128,
};
const rows = [
  { question: "2 + 3?", answer: "five" },
  { question: "How many?", answer: "" },
  { question: "And 1 more?", answer: "it is six" },
];
const examples = rows.map((row) => questionAnswerExample(tokenizer, row));

describe("exampleNll", () => {
  it("is the mean of −log p over answer tokens, in any batch size", async () => {
    const byHand = rows.map(({ question, answer }) => {
      const ids = tokenizer.encode(`Question: ${question}\n Answer: ${answer}`);
      const logProbs = tf.squeeze(tf.logSoftmax(decoderLogits(config, params, tf.tensor2d([ids], undefined, "int32"))));
      const table = logProbs.arraySync() as number[][];
      const from = ids.length - answer.length;
      return ids.slice(from).reduce((sum, id, i) => sum - table[from + i - 1]![id]!, 0);
    });
    const total = byHand.reduce((a, b) => a + b, 0);
    for (const batchSize of [1, 8]) {
      const result = await exampleNll(config, params, examples, { batchSize });
      expect(result.tokens).toBe(13);
      expect(result.nllPerToken).toBeCloseTo(total / 13, 4);
      result.rows.forEach(({ nll }, i) => expect(nll).toBeCloseTo(byHand[i]!, 3));
    }
  });

  it("reports progress and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    await exampleNll(config, params, examples, { batchSize: 2, onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([2, 3]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

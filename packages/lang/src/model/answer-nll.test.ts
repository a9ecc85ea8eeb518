import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { loadFixture } from "../__fixtures__/load-fixture.js";
import { answerNll } from "./answer-nll.js";
import { decoderLogits } from "./decoder.js";
import type { LanguageModel } from "./language-model.js";

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
const model: LanguageModel = { config, params, tokenizer };
const rows = [
  { question: "2 + 3?", answer: "five" },
  { question: "How many?", answer: "" },
  { question: "And 1 more?", answer: "it is six" },
];

describe("answerNll", () => {
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
      const result = await answerNll(model, rows, { batchSize });
      expect(result.tokens).toBe(13);
      expect(result.nllPerToken).toBeCloseTo(total / 13, 4);
      result.perRow.forEach(({ nll }, i) => expect(nll).toBeCloseTo(byHand[i]!, 3));
    }
  });

  it("reads async rows, reports progress and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    await answerNll(model, (async function* () { yield* rows; })(), { batchSize: 1, onProgress: ({ done }) => seen.push(done) }); // prettier-ignore
    expect(seen).toEqual([1, 2]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses rows without an answer, and rows too long for the model", async () => {
    await expect(answerNll(model, [])).rejects.toThrow("no row has an answer token");
    await expect(answerNll(model, [{ question: "?".repeat(60), answer: "x" }])).rejects.toThrow("Row 0");
  });
});

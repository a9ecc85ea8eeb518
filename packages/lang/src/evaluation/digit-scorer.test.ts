import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { decoderLogits } from "../model/index.js";
import { tinyLanguageModel } from "../model/tiny-language-model.js";
import { digitScorer } from "./index.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
const model = tinyLanguageModel(3);

/** Logits of the ten digits after a text, from the whole model. */
const logitsAfter = (text: string, { config, params, tokenizer } = model): number[] => {
  const ids = tokenizer.encode(text).slice(-config.maxPositions);
  const logits = tf.tidy(() => decoderLogits(config, params, tf.tensor2d([ids], undefined, "int32")).arraySync());
  return (logits as number[][][])[0]!.at(-1)!.slice(48, 58);
};

const requests = [
  { context: "Question: 2 + 2?\n Answer: 2+2=", choices: ["4", "5", "3"] },
  { context: "Question: 2 + 2?\n Answer: 2+2=4 and 4*6=", choices: ["24", "25", "18"] }, // goes on from the first
  { context: "Another text: ", choices: ["1,250", "1,249", "1.5"] },
  { context: "Another text: ", choices: ["17"] }, // the same beginning, asked twice
];

it.each([1, 2, 8])("gives the logits of the digits after each beginning, %i rows a pass", async (batchSize) => {
  const before = tf.memory().numTensors;
  const found = await digitScorer(model, { batchSize }).score(requests);
  expect(tf.memory().numTensors).toBe(before);
  expect(found.map((table) => Object.keys(table).sort())).toEqual([
    [""],
    ["", "1", "2"],
    ["", "1,", "1,2", "1,24", "1,25", "1."].sort(),
    ["", "1"],
  ]);
  found.forEach((table, i) => {
    for (const [text, logits] of Object.entries(table)) {
      const expected = logitsAfter(requests[i]!.context + text);
      logits.forEach((z, d) => expect(z).toBeCloseTo(expected[d]!, 3));
    }
  });
});

it("runs one row for questions about one text", async () => {
  const rows: number[] = [];
  const watching = { onProgress: (done: number) => rows.push(done) };
  await digitScorer(model, watching as object).score(requests.slice(0, 1));
  await digitScorer(model, watching as object).score([requests[0]!, { ...requests[1]!, choices: ["24", "25"] }]);
  expect(rows).toEqual([1, 1]);
});

it("drops tokens at the left of what is too long", async () => {
  const short = { ...model, config: { ...model.config, maxPositions: 8 } };
  const [table] = await digitScorer(short).score([{ context: "more than eight bytes: ", choices: ["12"] }]);
  const expected = logitsAfter("n eight bytes: 1", short);
  table!["1"]!.forEach((z, d) => expect(z).toBeCloseTo(expected[d]!, 3));
});

it("refuses tokenizers with tokens of several digits, and no context", async () => {
  const pairs = { ...model.tokenizer, encode: (text: string) => [...text].map((_, i) => i).slice(0, text.length / 2) };
  await expect(digitScorer({ ...model, tokenizer: pairs }).score(requests)).rejects.toThrow("one token a digit");
  await expect(digitScorer(model).score([{ context: "", choices: ["1"] }])).rejects.toThrow(
    "a context without a token",
  );
});

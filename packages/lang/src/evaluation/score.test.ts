import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { byteTokenizer } from "../byte-tokenizer.js";
import { generate } from "../generate/index.js";
import { decoderLogits } from "../model/index.js";
import { tinyLanguageModel } from "../model/tiny-language-model.js";
import { logSoftmax } from "../testing/numbers.js";
import { promptIds } from "../tokenizer/index.js";
import { choiceScorer, nllScorer, textGenerator } from "./index.js";

beforeAll(async () => void (await tf.setBackend("cpu")));
const model = tinyLanguageModel(5);

/** log p(continuation | context), token by token from the whole model's logits, in float64. */
const logLikelihood = (context: string, continuation: string, given = model): number => {
  const [start, ids] = [given.tokenizer.encode(context).length, given.tokenizer.encode(context + continuation)];
  const kept = ids.slice(-(given.config.maxPositions + 1));
  const logits = decoderLogits(given.config, given.params, tf.tensor2d([kept.slice(0, -1)], undefined, "int32"));
  const rows = (logits.arraySync() as number[][][])[0]!;
  const scored = Math.min(ids.length - start, kept.length - 1);
  return kept.slice(-scored).reduce((sum, id, i) => sum + logSoftmax(rows[kept.length - 1 - scored + i]!)[id]!, 0);
};

describe("choiceScorer", () => {
  const requests = [
    { context: "1 + 1 = ", continuations: ["2", "3"] },
    { context: "A longer question, with words. Answer:", continuations: ["A", "B", "C"] }, // one token each
    { context: "Say: ", continuations: ["yes", "no, never", "é"] }, // several tokens, of unlike lengths
    { context: "Blanks at the end  ", continuations: ["A", "B"] }, // they move to the continuation: three tokens
  ];
  const expected = requests.map(({ context, continuations }) =>
    continuations.map((each) => logLikelihood(context.trimEnd(), context.slice(context.trimEnd().length) + each)),
  );

  it.each([1, 2, 8])("gives the sums of log-probabilities, %i rows a pass", async (batchSize) => {
    const before = tf.memory().numTensors;
    const scores = await choiceScorer(model, { batchSize }).score(requests);
    expect(tf.memory().numTensors).toBe(before);
    scores.forEach((row, i) => row.forEach((score, k) => expect(score).toBeCloseTo(expected[i]![k]!, 3)));
  });

  it("drops tokens at the left of what is too long", async () => {
    const short = { ...model, config: { ...model.config, maxPositions: 8 } };
    const context = "a context of more than eight bytes";
    for (const continuation of ["A", "AB"]) {
      const [[score]] = (await choiceScorer(short).score([{ context, continuations: [continuation] }])) as [[number]];
      expect(score).toBeCloseTo(
        logLikelihood(context.slice(-7 - (continuation === "A" ? 1 : 0)), continuation, short),
        3,
      );
    }
  });

  it("refuses a continuation without a token", async () => {
    const score = choiceScorer(model).score([{ context: "a", continuations: ["b", ""] }]);
    await expect(score).rejects.toThrow("no token of its own");
    await expect(choiceScorer(model).score([{ context: " ", continuations: ["b"] }])).rejects.toThrow("no token");
  });
});

describe("nllScorer", () => {
  it("counts the answer alone, tokenised apart, and an end token when asked", async () => {
    const request = { prompt: "1 + 1 = ", text: "2 é" };
    const [bare] = await nllScorer(model).score([request]);
    expect(bare!.tokens).toBe(4);
    expect(-bare!.sum).toBeCloseTo(logLikelihood("1 + 1 = ", "2 é"), 3);
    const [ended] = await nllScorer(model, { appendEos: true }).score([request]);
    expect(ended!.tokens).toBe(5);
    await expect(nllScorer(model).score([{ prompt: "a", text: "" }])).rejects.toThrow("0 tokens");
    await expect(nllScorer(model).score([{ text: "a" }])).rejects.toThrow("windows");
  });

  it("predicts every token of a document once, in windows with context, beside an answer", async () => {
    const windows = (tokens: number) => [
      { inputStart: -1, inputEnd: 3, from: 0, to: 4 },
      { inputStart: 2, inputEnd: tokens - 1, from: 4, to: tokens },
    ];
    const text = "a text"; // [end] a ␣ t e | t e x t: six bytes, two passes
    const [rolled, answer] = await nllScorer(model, { windows }).score([{ text }, { prompt: "a", text: "b" }]);
    const ids = model.tokenizer.encode(text);
    const pass = (input: readonly number[], targets: readonly number[]) => {
      const logits = decoderLogits(model.config, model.params, tf.tensor2d([[...input]], undefined, "int32"));
      const rows = (logits.arraySync() as number[][][])[0]!.slice(-targets.length);
      return targets.reduce((sum, id, t) => sum - logSoftmax(rows[t]!)[id]!, 0);
    };
    const expected =
      pass([model.tokenizer.eos!, ...ids.slice(0, 3)], ids.slice(0, 4)) + pass(ids.slice(2, 5), ids.slice(4));
    expect(rolled!.tokens).toBe(6);
    expect(rolled!.sum).toBeCloseTo(expected, 3);
    expect(-answer!.sum).toBeCloseTo(logLikelihood("a", "b"), 3);
  });
});

describe("textGenerator", () => {
  it("keeps the right end of a prompt that leaves no room", async () => {
    const short = { ...model, config: { ...model.config, maxPositions: 12 }, tokenizer: byteTokenizer() };
    const long = "more bytes than there is room for";
    const [cut, own] = await textGenerator(short).generate([long, long.slice(-8)], { maxNewTokens: 4 });
    expect(cut).toBe(own);
  });

  it("keeps a begin token that the tokenizer puts before a text, once", async () => {
    const begun = { ...model, tokenizer: { ...byteTokenizer(), begin: 256 } };
    const [own] = await textGenerator(begun).generate(["ab"], { maxNewTokens: 4 });
    const [given] = await generate(model, [[256, 97, 98]], { maxNewTokens: 4 });
    expect(own).toBe(given!.text);
    expect(promptIds({ encode: () => [256, 97], begin: 256 }, "x")).toEqual([256, 97]);
    const [[score]] = (await choiceScorer(begun).score([{ context: "ab", continuations: ["c"] }])) as [[number]];
    const logits = decoderLogits(model.config, model.params, tf.tensor2d([[256, 97, 98]], undefined, "int32"));
    expect(score).toBeCloseTo(logSoftmax((logits.arraySync() as number[][][])[0]![2]!)[99]!, 3);
  });

  it("is the same for any batch, greedy and sampled with a seed a prompt", async () => {
    const prompts = ["a", "bcd", "a longer one"];
    for (const options of [{ maxNewTokens: 5 }, { maxNewTokens: 5, temperature: 1, topP: 0.9, seeds: [1, 2, 3] }]) {
      const alone = await textGenerator(model, { batchSize: 1 }).generate(prompts, options);
      expect(await textGenerator(model, { batchSize: 3 }).generate(prompts, options)).toEqual(alone);
    }
  });
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { byteTokenizer } from "../byte-tokenizer.js";
import { decoderLogits } from "../model/index.js";
import { tinyLanguageModel } from "../model/tiny-language-model.js";
import { logSoftmax } from "../testing/numbers.js";
import { choiceScorer, textGenerator } from "./index.js";

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
      expect(score).toBeCloseTo(logLikelihood(context.slice(-7 - (continuation === "A" ? 1 : 0)), continuation, short), 3); // prettier-ignore
    }
  });

  it("refuses a continuation without a token", async () => {
    const score = choiceScorer(model).score([{ context: "a", continuations: ["b", ""] }]);
    await expect(score).rejects.toThrow("no token of its own");
    await expect(choiceScorer(model).score([{ context: " ", continuations: ["b"] }])).rejects.toThrow("no token");
  });
});

describe("textGenerator", () => {
  it("keeps the right end of a prompt that leaves no room", async () => {
    const short = { ...model, config: { ...model.config, maxPositions: 12 }, tokenizer: byteTokenizer() };
    const long = "more bytes than there is room for";
    const [cut, own] = await textGenerator(short).generate([long, long.slice(-8)], { maxNewTokens: 4 });
    expect(cut).toBe(own);
  });

  it("is the same for any batch, greedy and sampled with a seed a prompt", async () => {
    const prompts = ["a", "bcd", "a longer one"];
    for (const options of [{ maxNewTokens: 5 }, { maxNewTokens: 5, temperature: 1, topP: 0.9, seeds: [1, 2, 3] }]) {
      const alone = await textGenerator(model, { batchSize: 1 }).generate(prompts, options);
      expect(await textGenerator(model, { batchSize: 3 }).generate(prompts, options)).toEqual(alone);
    }
  });
});

import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { randomFromSeed, VptError } from "@vpt/core";
import { fixtureNames, loadFixture } from "../__fixtures__/load-fixture.js";
import { decoderLogits } from "../model/decoder.js";
import type { LanguageModel } from "../model/language-model.js";
import { forwardWithKvCache } from "./forward-with-kv-cache.js";
import { generate } from "./generate.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Text is ids in decimal, each followed by a comma. */
const numberTokenizer: LanguageModel["tokenizer"] = {
  encode: (text) => text.split(",").filter(Boolean).map(Number),
  decode: (ids) => Array.from(ids, (id) => `${id},`).join(""),
  vocabularySize: 128,
};
const toText = (ids: readonly number[]): string => numberTokenizer.decode(ids);
const fixtureModel = (name: (typeof fixtureNames)[number] = "qwen2-untied") => {
  const { config, params, golden } = loadFixture(name);
  return { golden, model: { config, params, tokenizer: numberTokenizer } satisfies LanguageModel };
};

describe("generate", () => {
  it.each(fixtureNames)("%s: greedy tokens equal transformers', in a left-padded batch and alone", async (name) => {
    const { model, golden } = fixtureModel(name);
    const prompts = golden.prompts.map(toText);
    const together = await generate(model, prompts, { maxNewTokens: 16 });
    const alone = await generate(model, prompts, { maxNewTokens: 16, batchSize: 1 });
    expect(together.map(({ ids }) => ids)).toEqual(golden.greedy);
    expect(alone).toEqual(together);
    expect(together.every(({ finish }) => finish === "length")).toBe(true);
  });

  it("ends at an end token and before a stop string, whatever the other rows do", async () => {
    const { model, golden } = fixtureModel();
    const prompts = golden.prompts.map(toText);
    const [first, second, third] = golden.greedy as [number[], number[], number[]];
    const ending = { ...model, config: { ...model.config, endIds: [third[2]!] } };
    const stop = [`${second[1]},${second[2]},`];
    const result = await generate(ending, prompts, { maxNewTokens: 16, stop });
    expect(result[1]).toEqual({ ids: second.slice(0, 3), text: toText(second.slice(0, 1)), finish: "stop" });
    expect(result[2]).toEqual({ ids: third.slice(0, 2), text: toText(third.slice(0, 2)), finish: "end" });
    expect(result[0]!.ids).toEqual(first);
  });

  it("samples the same text for a prompt in any batch, and never a padding row", async () => {
    const { model, golden } = fixtureModel();
    const small = { ...model, tokenizer: { ...numberTokenizer, vocabularySize: 20 } };
    const prompts = golden.prompts.map(toText);
    const sample = (batchSize: number) =>
      generate(small, prompts, { maxNewTokens: 12, temperature: 1.5, topP: 0.9, random: randomFromSeed(3), batchSize });
    const [one, three] = [await sample(1), await sample(3)];
    expect(three).toEqual(one);
    expect(three.flatMap(({ ids }) => ids).every((id) => id < 20)).toBe(true);
    expect(new Set(three.flatMap(({ ids }) => ids)).size).toBeGreaterThan(3);
  });

  it("leaves no tensor behind", async () => {
    const { model, golden } = fixtureModel();
    const before = tf.memory().numTensors;
    await generate(model, golden.prompts.map(toText), { maxNewTokens: 4, batchSize: 2 });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses an empty prompt, a text past the last position, and sampling without random", async () => {
    const { model } = fixtureModel();
    await expect(generate(model, [""], { maxNewTokens: 1 })).rejects.toThrow("prompt 0 has no tokens");
    await expect(generate(model, ["1,2,"], { maxNewTokens: 63 })).rejects.toThrow("64 positions");
    await expect(generate(model, ["1,"], { maxNewTokens: 1, temperature: 1 })).rejects.toSatisfy(VptError.isInstance);
  });
});

describe("forwardWithKvCache", () => {
  it("equals the pass without a cache", () => {
    const { model, golden } = fixtureModel();
    const prompt = golden.prompts[2]!;
    const ids_BT = tf.tensor2d([[...prompt]], undefined, "int32");
    const whole = tf.slice(decoderLogits(model.config, model.params, ids_BT), [0, prompt.length - 1, 0], [1, 1, -1]);
    let step = forwardWithKvCache(model, tf.slice(ids_BT, [0, 0], [1, 4]));
    for (let t = 4; t < prompt.length; t++) {
      step = forwardWithKvCache(model, tf.slice(ids_BT, [0, t], [1, 1]), { cache: step.cache });
    }
    const difference = tf.max(tf.abs(tf.sub(tf.reshape(whole, [1, -1]), step.logits_BV)));
    expect(difference.dataSync()[0]).toBeLessThan(1e-5);
  });
});

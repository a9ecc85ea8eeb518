import { compile, useBackend } from "@vpt/backend";
import { randomFromSeed, type Compile } from "@vpt/core";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { nativeUnavailable } from "@vpt/backend/testing";
import { fixtureNames, loadFixture } from "../__fixtures__/load-fixture.js";
import { generate } from "./generate.js";

const unavailable = await nativeUnavailable();

describe.skipIf(unavailable)("generate, compiled", () => {
  beforeAll(async () => void (await useBackend({ device: "cpu" })));

  const tokenizer = {
    encode: (text: string) => text.split(",").filter(Boolean).map(Number),
    decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => `${id},`).join(""),
    vocabularySize: 128,
  };

  it.each(fixtureNames)("%s: the tokens of the eager path, greedy and drawn, padded and alone", async (name) => {
    const { config, params, golden } = loadFixture(name);
    const model = { config, params, tokenizer };
    const prompts = golden.prompts.map((ids) => tokenizer.decode(ids));
    let traces = 0;
    const counting: Compile = <Args extends readonly unknown[], Result>(f: (...args: Args) => Result) => {
      const counted = (...args: Args): Result => {
        traces++;
        return f(...args);
      };
      return compile(counted, { cacheSize: 16 });
    };
    for (const batchSize of [1, 3]) {
      const greedy = { maxNewTokens: 16, batchSize };
      const fast = await generate(model, prompts, { ...greedy, compile: counting });
      expect(fast.map(({ ids }) => ids)).toEqual(golden.greedy);
      const drawn = (compiled: boolean) =>
        generate(model, prompts, {
          ...greedy,
          temperature: 1,
          random: randomFromSeed(1),
          ...(compiled && { compile: counting }),
        });
      expect(await drawn(true)).toEqual(await drawn(false));
    }
    expect(traces).toBeLessThanOrEqual(2); // one a batch size, whatever the token
  });

  it("leaves no tensor behind", async () => {
    const { config, params, golden } = loadFixture("qwen2-untied");
    const model = { config, params, tokenizer };
    const prompts = golden.prompts.map((ids) => tokenizer.decode(ids));
    await generate(model, prompts, { maxNewTokens: 3, compile });
    const before = tf.memory().numTensors;
    await generate(model, prompts, { maxNewTokens: 3, compile });
    expect(tf.memory().numTensors).toBe(before);
  });
});

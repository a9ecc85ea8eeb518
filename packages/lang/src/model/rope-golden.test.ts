import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { readFloats } from "../__fixtures__/load-fixture.js";
import { byteTokenizer } from "../byte-tokenizer.js";
import { generate } from "../generate/index.js";
import { at } from "../testing/numbers.js";
import { parseDecoderConfig } from "./decoder-config.js";
import { decoderLogits } from "./decoder.js";

interface Case {
  readonly base: string;
  readonly config: unknown;
  readonly ids: number[];
  readonly greedy: number[];
  readonly logits: number[][];
}
const file = new URL("../__fixtures__/rope/golden.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Case>>;

beforeAll(async () => void (await tf.setBackend("cpu")));

describe.each(Object.keys(golden))("%s against transformers", (name) => {
  const { base, config: json, ids, greedy, logits } = golden[name]!;
  const config = parseDecoderConfig(json);
  const params = readFloats(`${base}/model.safetensors`);

  it("gives the same logits to 1e-4", () => {
    const ours_BTV = decoderLogits(config, params, tf.tensor2d([ids], undefined, "int32"));
    const last = tf.squeeze(tf.slice(ours_BTV, [0, ids.length - 2, 0], [1, 2, -1]), [0]);
    expect(at(tf.max(tf.abs(tf.sub(last, tf.tensor2d(logits)))))).toBeLessThan(1e-4);
  });

  // With `dynamic`, cached keys keep the frequencies of the length they were made at, in transformers too: no one right
  // answer.
  it.skipIf(name === "dynamic")("continues alike with a cache, alone and padded on the left", async () => {
    const model = { config: { ...config, maxPositions: 64 }, params, tokenizer: byteTokenizer() };
    const prompts = [ids, [...ids, ...greedy.slice(0, 3)]];
    const [alone, padded] = await generate(model, prompts, { maxNewTokens: 9 });
    expect(alone!.ids).toEqual(greedy.slice(0, 9));
    expect(padded!.ids).toEqual(greedy.slice(3));
  });
});

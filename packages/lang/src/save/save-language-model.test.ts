import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { byteTokenizer } from "../byte-tokenizer.js";
import { initAdapter } from "../lora/index.js";
import { decoderLogits, initDecoder } from "../model/index.js";
import { loadLanguageModel } from "../model/load-language-model.js";
import { tinyLanguageModel } from "../model/tiny-language-model.js";
import { createTokenizer } from "../tokenizer/index.js";
import { at, numbersOf } from "../testing/numbers.js";
import { pythonLogits, pythonWith } from "../testing/python.js";
import { saveLanguageModel } from "./save-language-model.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-save-"));
beforeAll(async () => void (await tf.setBackend("cpu")));
afterAll(() => rmSync(folder, { recursive: true }));
const text = "Question: 2 + 2 = é 🙂\n Answer: ";

describe("saveLanguageModel", () => {
  it("is what loadLanguageModel reads back, bit for bit, tokenizer and all", async () => {
    const model = tinyLanguageModel(3);
    await saveLanguageModel(join(folder, "tiny"), model);
    const back = await loadLanguageModel(join(folder, "tiny"));
    expect(back.config).toEqual(model.config);
    expect(numbersOf(back.params)).toEqual(numbersOf(model.params));
    expect(back.tokenizer.encode(text)).toEqual(model.tokenizer.encode(text));
    expect(back.tokenizer).toMatchObject({ vocabularySize: 257, eos: 256 });
  });

  it("refuses parameters of another model, adapters, and a folder in use", async () => {
    const model = tinyLanguageModel(3);
    const [, ...fewer] = Object.entries(model.params);
    const at = join(folder, "refused");
    await expect(saveLanguageModel(at, { ...model, params: Object.fromEntries(fewer) })).rejects.toThrow(VptError);
    const params = { ...model.params, ...initAdapter(model.config, { rank: 1, alpha: 1 }, 0) };
    await expect(saveLanguageModel(at, { ...model, params })).rejects.toThrow("mergeAdapter");
    await saveLanguageModel(at, model, { dtype: "bf16" });
    await expect(saveLanguageModel(at, model)).rejects.toThrow("replace");
    await saveLanguageModel(at, model, { replace: true });
  });
});

describe("byteTokenizer", () => {
  it("equals its files, every byte of it", () => {
    const [own, read] = [byteTokenizer(), createTokenizer(byteTokenizer().files!)];
    const every = String.fromCodePoint(...Array.from({ length: 0x2ff }, (_, code) => code + 1)) + text;
    expect(read.encode(every)).toEqual(own.encode(every));
    expect(read.decode(own.encode(every))).toBe(every);
  });
});

const python = pythonWith("torch", "transformers");
describe.skipIf(python === undefined)("a saved model", () => {
  it.each(["llama", "qwen2"] as const)("loads in transformers with equal logits: %s", async (modelType) => {
    const tiny = tinyLanguageModel(3);
    const config = { ...tiny.config, modelType, tied: modelType === "llama" };
    const params = initDecoder(config, 4);
    await saveLanguageModel(join(folder, modelType), { config, params, tokenizer: byteTokenizer() });
    const ids = byteTokenizer().encode(text);
    const theirs = pythonLogits(python!, join(folder, modelType), ids);
    const ours = tf.squeeze(decoderLogits(config, params, tf.tensor2d([ids], undefined, "int32")), [0]);
    expect(at(tf.max(tf.abs(tf.sub(ours, tf.tensor2d(theirs.logits as number[][])))))).toBeLessThan(1e-4);
    expect(theirs.text).toBe(text);
    expect(theirs.encoded).toEqual(ids);
  });
});
if (python === undefined) console.warn("skipped: no Python with torch and transformers; set VPT_PYTHON to one");

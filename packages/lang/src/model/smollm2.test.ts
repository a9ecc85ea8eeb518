import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "@vpt/backend";
import { cacheFolder, resolveModel } from "@vpt/hub";
import { generate } from "../generate/generate.js";
import { exampleNll } from "../example-nll.js";
import { questionAnswerExample } from "../question-answer-example.js";
import type { LanguageModel } from "./language-model.js";
import { loadLanguageModel } from "./load-language-model.js";

// SmolLM2-135M against transformers; minutes on two cores, so only where it was asked for, the model is cached, and the
// data is at hand:
//   VPT_SLOW=1 npx vitest run packages/lang/src/model/smollm2

interface Golden {
  readonly answerNll: {
    readonly nllPerToken: number;
    readonly tokens: number;
    readonly perRow: readonly { readonly nll: number; readonly tokens: number }[];
  };
  readonly continuations: readonly {
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly text: string;
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../__fixtures__/smollm2-golden.json", import.meta.url), "utf8"),
) as Golden;
const data = new URL("../../../../../shared/data/gsm8k/test.jsonl", import.meta.url);
const isCached = existsSync(join(cacheFolder(), "models"));
const isWanted = process.env["VPT_SLOW"] === "1" && isCached;

describe.skipIf(!isWanted)("SmolLM2-135M-Instruct (Q4_1, float32) against transformers", () => {
  let model: LanguageModel;

  beforeAll(async () => {
    await useBackend({ device: "cpu" });
    model = await loadLanguageModel(await resolveModel("smollm2"));
  }, 120_000);
  afterAll(() => tf.dispose(model.params));

  it("continues ten prompts with the same 32 tokens, in one batch", { timeout: 300_000 }, async () => {
    const started = performance.now();
    const prompts = golden.continuations.map(({ prompt }) => prompt);
    const received = await generate(model, prompts, { maxNewTokens: 32 });
    console.log(`generation: ${((320 * 1000) / (performance.now() - started)).toFixed(1)} tokens/s`);
    expect(received.map(({ text }) => text)).toEqual(golden.continuations.map(({ text }) => text));
    expect(received.map(({ ids }) => ids)).toEqual(golden.continuations.map(({ ids }) => ids));
  });

  it.skipIf(!existsSync(data))("has the same answer likelihood to 2e-3", { timeout: 600_000 }, async () => {
    const lines = readFileSync(data, "utf8").split("\n").slice(0, golden.answerNll.perRow.length);
    const rows = lines.map((line) => JSON.parse(line) as { readonly question: string; readonly answer: string });
    const started = performance.now();
    const received = await exampleNll(
      model.config,
      model.params,
      rows.map((row) => questionAnswerExample(model.tokenizer, row)),
    );
    const seconds = (performance.now() - started) / 1000;
    const worst = Math.max(...received.rows.map(({ nll }, i) => Math.abs(nll - golden.answerNll.perRow[i]!.nll)));
    console.log(
      `answer NLL ${received.nllPerToken} (transformers ${golden.answerNll.nllPerToken}), worst row ` +
        `${worst}, ${seconds.toFixed(1)} s`,
    );
    expect(received.rows.map(({ tokens }) => tokens)).toEqual(golden.answerNll.perRow.map(({ tokens }) => tokens));
    expect(Math.abs(received.nllPerToken - golden.answerNll.nllPerToken)).toBeLessThan(2e-3);
  });
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { compile, useBackend } from "@vpt/backend";
import { randomFromSeed, type Params } from "@vpt/core";
import { cacheFolder, resolveModel } from "@vpt/hub";
import { describe, expect, it } from "vitest";
import { computeHiddenStates } from "../compute-hidden-states.js";
import { lastBlockParameters } from "../model/index.js";
import { loadLanguageModel } from "../model/load-language-model.js";
import { questionAnswerExample } from "../question-answer-example.js";
import { feedbackNames, namedFeedback } from "./named-feedback.js";

// On SmolLM2-135M, a minute on two cores, so only where it was asked for, the model is cached, and the data is at hand:
//   VPT_SLOW=1 npx vitest run packages/lang/src/feedback/smollm2
const data = join(process.env["VPT_DATA"] ?? new URL("../../../../../shared/data", import.meta.url).pathname, "gsm8k");
const isCached = existsSync(join(cacheFolder(), "models")) && existsSync(join(data, "train.jsonl"));
const isWanted = process.env["VPT_SLOW"] === "1" && isCached;
if (!isWanted) console.warn("Skipping SmolLM2's feedback: needs VPT_SLOW=1, the cached model and GSM8K.");

describe.skipIf(!isWanted)("on SmolLM2 and GSM8K", () => {
  it("every feedback has a finite gradient of its own direction, compiled", { timeout: 600_000 }, async () => {
    await useBackend({ device: "cpu" });
    const { config, params, tokenizer } = await loadLanguageModel(await resolveModel("smollm2"));
    const from = config.layers - 1;
    const lines = readFileSync(join(data, "train.jsonl"), "utf8").split("\n").slice(0, 8);
    const rows = lines.map((line) => {
      const { question, answer } = JSON.parse(line) as { readonly question: string; readonly answer: string };
      const bare = answer.replace(/<<[^>]*>>/g, "");
      return questionAnswerExample(tokenizer, { question, answer: bare }, { maximumTokens: 224 });
    });
    const examples = await computeHiddenStates(config, params, rows, { to: from, compile });
    const subset = lastBlockParameters(config, 1);
    const shapes = { padToMultiple: 64, padPositionsToMultiple: 128, from, compile };
    const norms = new Map<string, number>();
    const gradients = new Map<string, Params>();
    for (const name of feedbackNames) {
      const feedback = namedFeedback(name, tokenizer)(config, { examples, batchSize: 4, ...shapes });
      const g = await feedback.gradient(params, subset, randomFromSeed(0));
      norms.set(name, Math.sqrt(innerProductOf(g, g)));
      gradients.set(name, g);
    }
    for (const [name, norm] of norms) {
      expect(norm).toBeGreaterThan(0);
      expect(Number.isFinite(norm)).toBe(true);
      for (const [other, otherNorm] of norms) {
        if (other === name) continue;
        const cosine = innerProductOf(gradients.get(name)!, gradients.get(other)!) / (norm * otherNorm);
        expect(Math.abs(cosine)).toBeLessThan(0.99);
      }
    }
    tf.dispose([params, ...gradients.values()]);
  });
});

/** `⟨a, b⟩`. */
function innerProductOf(a: Params, b: Params): number {
  const products = Object.keys(a).map((name) => tf.tidy(() => a[name]!.mul(b[name]!).sum().dataSync()[0]!));
  return products.reduce((sum, each) => sum + each, 0);
}

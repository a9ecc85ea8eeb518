import { describe, expect, it } from "vitest";
import { gsm8kTask } from "../language/gsm8k.js";
import { evaluateGeneration } from "../index.js";
import { pipelineTextGenerator } from "./transformers-js.js";

const rows = Array.from({ length: 5 }, (_, i) => ({ question: `${i} + 1?`, answer: `#### ${i + 1}` }));
const decoding = { maxNewTokens: 7, stop: ["Q"], temperature: 0 };

describe("pipelineTextGenerator", () => {
  it("asks raw prompts in batches and answers a task", async () => {
    const seen: { texts: readonly string[]; options: object }[] = [];
    const generator = pipelineTextGenerator(
      (texts, options) => {
        seen.push({ texts, options });
        return texts.map((text) => [{ generated_text: `It is ${Number(/: (\d)/.exec(text)![1]) + 1}.\nQuestion: 5?` }]);
      },
      { batchSize: 2 },
    );
    const record = await evaluateGeneration(gsm8kTask({ decoding: { maxNewTokens: 7 } }), rows, generator, {
      batchSize: 4,
    });
    expect(record.metrics["flexible"]!.value).toBe(1);
    expect(seen.map(({ texts }) => texts.length)).toEqual([2, 2, 1]);
    expect(seen[0]!.options).toEqual({ max_new_tokens: 7, do_sample: false, return_full_text: false });
  });

  it("passes sampling on, and takes answers without the inner lists", async () => {
    let asked = {};
    const generator = pipelineTextGenerator(
      (texts, options) => ((asked = options), texts.map(() => ({ generated_text: "a" }))),
    );
    expect(await generator.generate(["x"], { ...decoding, temperature: 0.7, topP: 0.95 })).toEqual(["a"]);
    expect(asked).toMatchObject({ do_sample: true, temperature: 0.7, top_p: 0.95, top_k: 0 });
  });

  it.each([undefined, [], [[{}]], [{ generated_text: [{ role: "assistant" }] }]])("refuses %j", async (answers) => {
    const generator = pipelineTextGenerator(() => Promise.resolve(answers));
    await expect(generator.generate(["x"], decoding)).rejects.toThrow(/answer to prompt 0.*generated_text/s);
  });
});

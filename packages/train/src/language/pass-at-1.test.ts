import { afterAll, expect, it } from "vitest";
import * as tf from "@tensorflow/tfjs";
import { generate, tinyLanguageModel } from "@vpt/lang";
import { parseRunConfig } from "./config.js";
import { passAt1 } from "./pass-at-1.js";

const model = tinyLanguageModel(0);
afterAll(() => tf.dispose(model.params));
const rows = { synthetic: "problems" };
const run = parseRunConfig(
  {
    data: { unlabeled: rows, feedback: rows, test: rows },
    evaluation: { passAt1Rows: 2, maxNewTokens: 8 },
    prompt: { template: "{question}=" },
    backend: { compile: false },
  },
  "test",
);

it("is the share of questions whose generated last number is the gold one", async () => {
  const prompt = "1+1=";
  const [answer] = await generate(model, [prompt], { maxNewTokens: 8, stop: ["Question:"] });
  const said = answer!.text.match(/-?[0-9][0-9,]*(\.[0-9]+)?/g)?.at(-1);
  const gold = said ?? "7";
  const testRows = [
    { question: "1+1", answer: `so #### ${gold}` },
    { question: "1+1", answer: `it is ${Number(gold.replaceAll(",", "")) + 1}` },
    { question: "not among the first two", answer: gold },
  ];
  expect(await passAt1({ model, testRows }, model.params, run)).toBe(said === undefined ? 0 : 0.5);
});

it("refuses whole texts", async () => {
  await expect(passAt1({ model, testRows: [{ answer: "a text" }] }, model.params, run)).rejects.toThrow(
    '"evaluation.passAt1Rows": the rows of "data.test" are whole texts; expected questions, or 0',
  );
});

import { VptError, type Params } from "@vpt/core";
import { isCorrect } from "@vpt/eval/gsm8k";
import { generate, promptText } from "@vpt/lang";
import { compile } from "../compile.js";
import type { RunConfig } from "./config.js";
import type { LoadedExperiment } from "./load-experiment.js";

/**
 * Computes greedy pass@1 on the first `evaluation.passAt1Rows` questions of `data.test`: the fraction whose generated
 * answer has the gold answer's last number, compared as a decimal.
 *
 * @throws {VptError} When a test row is a whole text.
 */
export async function passAt1(
  { model, testRows }: Pick<LoadedExperiment, "model" | "testRows">,
  params: Params,
  { evaluation, prompt, backend }: Pick<RunConfig, "evaluation" | "prompt" | "backend">,
): Promise<number> {
  const rows = testRows.slice(0, evaluation.passAt1Rows);
  const prompts = rows.map(({ question }) => {
    if (question === undefined)
      throw new VptError('"evaluation.passAt1Rows": the rows of "data.test" are whole texts; expected questions, or 0');
    return promptText(model.tokenizer, question, prompt);
  });
  const texts = await generate({ ...model, params }, prompts, {
    maxNewTokens: evaluation.maxNewTokens,
    stop: ["Question:"],
    ...(backend.compile && { compile }),
  });
  const correct = texts.filter(({ text }, i) => isCorrect(text, goldNumber(rows[i]!.answer), "numeric"));
  return correct.length / rows.length;
}

/** The answer's number: after `####`, else the last one in it. */
const goldNumber = (answer: string): string =>
  /#### *(-?[$0-9.,]+)/.exec(answer)?.[1] ?? answer.match(/-?[0-9][0-9,]*(\.[0-9]+)?/g)?.at(-1) ?? answer;

import { EvalInputError } from "../errors.js";
import type { TextGenerator } from "../runner/runners.js";

/** A text-generation pipeline of transformers.js, as far as it is needed here. */
export type TextGenerationPipeline = (
  texts: string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<unknown> | unknown;

/** Options of {@link pipelineTextGenerator}. */
export interface PipelineGeneratorOptions {
  /** Prompts a call; 8 by default. */
  readonly batchSize?: number;
}

/**
 * A {@link TextGenerator} over a pipeline of transformers.js, which stays the caller's: nothing is loaded here. Prompts
 * go in raw, without a chat template; texts run to their end or to `maxNewTokens`, and the tasks cut at the stop
 * strings. transformers.js takes no seed: samples differ from run to run.
 * @throws {EvalInputError} From `generate`, when the pipeline does not answer each prompt with a text.
 * @example
 * ```ts
 * import { pipeline } from "@huggingface/transformers";
 * import { loadItems } from "@vpt/data";
 * import { evaluateGeneration } from "@vpt/eval";
 * import { gsm8kTask } from "@vpt/eval/gsm8k";
 * import { gsm8kItem } from "@vpt/eval/rows";
 * import { pipelineTextGenerator } from "@vpt/eval/transformers-js";
 *
 * const pipe = await pipeline("text-generation", "HuggingFaceTB/SmolLM2-135M-Instruct");
 * const items = await loadItems("openai/gsm8k/main", gsm8kItem);
 * const record = await evaluateGeneration(gsm8kTask(), items, pipelineTextGenerator(pipe));
 * ```
 * @category adapters
 */
export function pipelineTextGenerator(
  pipeline: TextGenerationPipeline,
  { batchSize = 8 }: PipelineGeneratorOptions = {},
): TextGenerator {
  return {
    async generate(prompts, { maxNewTokens, temperature, topP }) {
      const sampling = temperature > 0 ? { temperature, top_p: topP ?? 1, top_k: 0 } : {};
      const asked = { max_new_tokens: maxNewTokens, do_sample: temperature > 0, return_full_text: false, ...sampling };
      const outputs: string[] = [];
      for (let start = 0; start < prompts.length; start += batchSize) {
        const batch = prompts.slice(start, start + batchSize);
        const answers = await pipeline(batch, asked);
        batch.forEach((_, i) => outputs.push(textOf(answers, i, start + i)));
      }
      return outputs;
    },
  };
}

/** One answer a prompt: `[[{ generated_text }], …]`, or without the inner lists. */
function textOf(answers: unknown, i: number, prompt: number): string {
  const answer: unknown = Array.isArray(answers) ? answers[i] : undefined;
  const text = (Array.isArray(answer) ? answer[0] : answer) as { readonly generated_text?: unknown } | undefined;
  if (typeof text?.generated_text === "string") return text.generated_text;
  throw new EvalInputError({
    where: `pipelineTextGenerator: answer to prompt ${prompt}`,
    expected: "{ generated_text }, a text",
    received: (JSON.stringify(answer) ?? "nothing").slice(0, 200),
  });
}

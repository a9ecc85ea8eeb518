import { generate, type GenerateOptions } from "../generate/index.js";
import type { LanguageModel } from "../model/index.js";
import { promptIds } from "../tokenizer/index.js";

/** How a text generator asks its model. */
export interface TextGeneratorOptions {
  /** Prompts a forward pass; default 8. */
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`. */
  readonly compile?: GenerateOptions["compile"];
  readonly onProgress?: GenerateOptions["onProgress"];
}

/**
 * A model as the `TextGenerator` that the runners of `@vpt/eval` ask. A prompt that leaves no room for the new tokens
 * loses tokens at its left, as the protocols want.
 *
 * @example
 * ```ts
 * const record = await evaluateGeneration(gsm8kTask(), rows, textGenerator(model));
 * ```
 * @category scoring
 */
export const textGenerator = (
  model: LanguageModel,
  { batchSize = 8, compile, onProgress }: TextGeneratorOptions = {},
): {
  generate(
    prompts: readonly string[],
    options: Pick<GenerateOptions, "maxNewTokens" | "temperature" | "topP" | "stop" | "seeds">,
  ): Promise<readonly string[]>;
} => ({
  async generate(prompts, options) {
    const room = Math.max(1, model.config.maxPositions - options.maxNewTokens);
    const ids = prompts.map((prompt) => promptIds(model.tokenizer, prompt).slice(-room));
    const generations = await generate(model, ids, {
      ...options,
      batchSize,
      compile,
      ...(onProgress && { onProgress }),
    });
    return generations.map(({ text }) => text);
  },
});

import { VptError } from "@vpt/core";
import { readCheckpoint } from "@vpt/weights";
import { createTokenizer, type Tokenizer } from "../tokenizer/create-tokenizer.js";
import { parseDecoderConfig } from "./decoder-config.js";
import { checkDecoderParams, decoderNames } from "./decoder-shapes.js";
import type { LanguageModel } from "./language-model.js";

/**
 * Reads a language model: configuration, parameters in float32, tokenizer.
 *
 * @param path A folder in Hugging Face's layout, or a GGUF file; `resolveModel` of `@vpt/weights` finds one by name.
 * @returns Parameters belong to the caller: `tf.dispose(model.params)`.
 * @throws {VptError} When the checkpoint is damaged, is no LLaMA or Qwen2, or brings no tokenizer.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { loadLanguageModel } from "@vpt/lang";
 * const model = await loadLanguageModel(await resolveModel("smollm2"));
 * ```
 * @category model
 */
export const loadLanguageModel = async (path: string): Promise<LanguageModel & { readonly tokenizer: Tokenizer }> => {
  const checkpoint = await readCheckpoint(path);
  try {
    const config = parseDecoderConfig(checkpoint.config);
    if (checkpoint.tokenizer === null) {
      throw new VptError(`${path}: no tokenizer; expected tokenizer.json beside the weights.`);
    }
    const tokenizer = createTokenizer(checkpoint.tokenizer);
    const stored = new Set(checkpoint.names());
    const params = await checkpoint.params(decoderNames(config).filter((name) => stored.has(name)));
    checkDecoderParams(config, params);
    return { config, params, tokenizer };
  } finally {
    await checkpoint.close();
  }
};

import { byteTokenizer } from "../byte-tokenizer.js";
import type { Tokenizer } from "../tokenizer/index.js";
import { initDecoder } from "./init-decoder.js";
import type { LanguageModel } from "./language-model.js";

/**
 * A fresh byte-level LLaMA of about 0.2 M parameters, for trying things without a download: two blocks, width 64.
 *
 * @returns Parameters belong to the caller.
 * @example
 * ```ts
 * import { tinyLanguageModel } from "@vpt/lang";
 * const model = tinyLanguageModel(0);
 * ```
 */
export function tinyLanguageModel(seed: number): LanguageModel & { readonly tokenizer: Tokenizer } {
  const config = {
    modelType: "llama",
    vocabSize: 257,
    hiddenSize: 64,
    intermediateSize: 192,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    headDim: 16,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    maxPositions: 1024,
    tied: true,
    initializerRange: 0.125,
    endIds: [256],
  } as const;
  return { config, params: initDecoder(config, seed), tokenizer: byteTokenizer() };
}

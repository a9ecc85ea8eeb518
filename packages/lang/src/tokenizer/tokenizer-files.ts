import type { TokenizerFiles, TokenizerSource } from "@vpt/weights";
import { tokenizerFilesFromGguf } from "./gguf-tokenizer.js";

/**
 * A tokenizer as the two files Python loads, whatever it came from; give them to `writeCheckpoint` of `@vpt/weights`.
 * @throws {VptError} When a GGUF tokenizer is of a kind we do not read.
 * @example
 * ```ts
 * import { tokenizerFiles } from "@vpt/lang";
 * import { writeCheckpoint } from "@vpt/weights";
 * const { config, tokenizer } = checkpoint;
 * await writeCheckpoint("runs/a/model", { config, params, tokenizer: tokenizerFiles(tokenizer!) });
 * ```
 * @category tokenizer
 */
export const tokenizerFiles = (source: TokenizerSource): TokenizerFiles =>
  source.kind === "gguf" ? tokenizerFilesFromGguf(source.metadata) : source;

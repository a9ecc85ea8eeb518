import type { Params } from "@vpt/core";
import type { Tokenizer } from "../tokenizer/create-tokenizer.js";
import type { DecoderConfig } from "./decoder-config.js";

/** A decoder and how it reads text: plain data, nothing hidden. */
export interface LanguageModel {
  readonly config: DecoderConfig;
  readonly params: Params;
  readonly tokenizer: Pick<
    Tokenizer,
    "encode" | "decode" | "vocabularySize" | "eos" | "begin" | "chatTemplate" | "files"
  >;
}

import type { TokenizerFiles } from "@vpt/weights";
import type { Tokenizer } from "./tokenizer/index.js";

const end = "<|endoftext|>";

/** GPT-2's letters for bytes: those that print stand for themselves, the others for code points from 256 on. */
const letterOfByte = (): readonly string[] => {
  const prints = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(prints(byte) ? byte : next++));
};

/** The same tokenizer as Python's libraries load it: byte-level BPE without a single merge. */
const files = (): TokenizerFiles => ({
  kind: "hugging-face",
  tokenizer: {
    version: "1.0",
    added_tokens: [
      { id: 256, content: end, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
    ],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: { type: "BPE", vocab: Object.fromEntries(letterOfByte().map((letter, byte) => [letter, byte])), merges: [] },
  },
  config: { tokenizer_class: "PreTrainedTokenizerFast", eos_token: end, clean_up_tokenization_spaces: false },
});

/**
 * UTF-8 bytes as tokens, with one more to end a text: a tokenizer for models made from nothing.
 *
 * @example
 * ```ts
 * import { byteTokenizer } from "@vpt/lang";
 * byteTokenizer().encode("é"); // [195, 169]
 * ```
 */
export const byteTokenizer = (): Tokenizer => ({
  encode: (text) => [...new TextEncoder().encode(text)],
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(Array.from(ids).filter((id) => id < 256))),
  vocabularySize: 257,
  eos: 256,
  files: files(),
});

import type { Tokenizer } from "./tokenizer/index.js";

/**
 * UTF-8 bytes as tokens, with one more to end a text: a tokenizer for models made from nothing.
 *
 * @example
 * ```ts
 * byteTokenizer().encode("é"); // [195, 169]
 * ```
 */
export const byteTokenizer = (): Tokenizer => ({
  encode: (text) => [...new TextEncoder().encode(text)],
  decode: (ids) => new TextDecoder().decode(Uint8Array.from(Array.from(ids).filter((id) => id < 256))),
  vocabularySize: 257,
  eos: 256,
});

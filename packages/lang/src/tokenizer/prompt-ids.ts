import type { Tokenizer } from "./create-tokenizer.js";

/**
 * Ids of a text that begins a row: the tokenizer's begin token once, where it puts one (Llama's; Qwen's and SmolLM2's
 * do not), then the text.
 *
 * @example
 * ```ts
 * promptIds({ encode: () => [5], begin: 1 }, "a"); // [1, 5]
 * ```
 * @see Evaluation protocol 9.2: no other special token is added.
 * @category tokenizer
 */
export const promptIds = ({ encode, begin }: Pick<Tokenizer, "encode" | "begin">, text: string): number[] => {
  const ids = encode(text);
  return begin === undefined || ids[0] === begin ? ids : [begin, ...ids];
};

import type { Tokenizer } from "./tokenizer/index.js";

/**
 * Returns the tokens of the digits 0 to 9, in order, where the tokenizer writes every number digit by digit, as
 * SmolLM2's and Llama 2's do; undefined where several digits can be one token, as in GPT-4's.
 *
 * @example
 * ```ts
 * import { byteTokenizer } from "@vpt/lang";
 * import { digitTokens } from "@vpt/lang/evaluation";
 * digitTokens(byteTokenizer()); // [48, 49, …, 57]
 * ```
 * @category scoring
 */
export function digitTokens(tokenizer: Pick<Tokenizer, "encode" | "decode">): readonly number[] | undefined {
  const digits = [..."0123456789"];
  const ids = tokenizer.encode(digits.join("")).slice(-10); // SentencePiece puts a blank first
  return ids.length === 10 && digits.every((digit, i) => tokenizer.decode([ids[i]!]).trim() === digit)
    ? ids
    : undefined;
}

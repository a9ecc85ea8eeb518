import type { Example } from "./language-batch.js";
import type { Tokenizer } from "./tokenizer/index.js";

/** A problem and its worked answer. */
export interface QuestionAnswer {
  readonly question: string;
  readonly answer: string;
}

/** How the text is laid out and cut. */
export interface QuestionAnswerOptions {
  /** Longest row in tokens; what goes beyond is cut off the answer's end. */
  readonly maximumTokens?: number;
  /** Predict the tokenizer's end token after the answer. */
  readonly appendEnd?: boolean;
}

/**
 * `Question: {question}\n Answer: {answer}` as a row in which only the answer's tokens count. Prompt and answer are tokenised
 * separately, because a token that spanned the boundary would be half label.
 *
 * @example
 * ```ts
 * const example = questionAnswerExample(tokenizer, { question: "1 + 1?", answer: "2" });
 * ```
 * @see method 4.1; the protocol of `vpt eval nll`.
 */
export function questionAnswerExample(
  tokenizer: Pick<Tokenizer, "encode" | "eos">,
  { question, answer }: QuestionAnswer,
  { maximumTokens = Infinity, appendEnd = false }: QuestionAnswerOptions = {},
): Example {
  const prompt = tokenizer.encode(`Question: ${question}\n Answer: `);
  const end = appendEnd && tokenizer.eos !== undefined ? [tokenizer.eos] : [];
  const tokens = [...prompt, ...tokenizer.encode(answer), ...end].slice(0, maximumTokens + 1);
  const counts = (t: number): number => (t + 1 >= prompt.length ? 1 : 0);
  return {
    ids: Int32Array.from(tokens.slice(0, -1)),
    next: Int32Array.from(tokens.slice(1)),
    mask: Uint8Array.from(tokens.slice(1), (_, t) => counts(t)),
  };
}

import type { Example } from "./language-batch.js";
import { promptIds, type Tokenizer } from "./tokenizer/index.js";

/** A problem and its worked answer. */
export interface QuestionAnswer {
  readonly question: string;
  readonly answer: string;
}

/** Which of the paper's two readings the prompt follows: one setting for stream, feedback and evaluation. */
export interface PromptLayout {
  /** A blank between the newline and `Answer:`, as the paper prints it. Default true. */
  readonly newlineBlank?: boolean | undefined;
  /** The side of the split on which the blank after `Answer:` falls. Default `prompt`. */
  readonly answerBlank?: "prompt" | "answer" | undefined;
}

/** How the text is laid out and cut. */
export interface QuestionAnswerOptions extends PromptLayout {
  /** Longest row in tokens; what goes beyond is cut off the answer's end. */
  readonly maximumTokens?: number;
  /** Predict the tokenizer's end token after the answer. */
  readonly appendEnd?: boolean;
}

/**
 * Prompt and answer in tokens, tokenised apart, because a token that spanned the boundary would be half label.
 *
 * @example
 * ```ts
 * const { prompt, answer } = questionAnswerIds(tokenizer, { question: "1 + 1?", answer: "2" });
 * ```
 */
export function questionAnswerIds(
  tokenizer: Pick<Tokenizer, "encode" | "begin">,
  { question, answer }: QuestionAnswer,
  { newlineBlank = true, answerBlank = "prompt" }: PromptLayout = {},
): { readonly prompt: number[]; readonly answer: number[] } {
  const [before, after] = answerBlank === "prompt" ? [" ", ""] : ["", " "];
  const prompt = `Question: ${question}\n${newlineBlank ? " " : ""}Answer:${before}`;
  return { prompt: promptIds(tokenizer, prompt), answer: tokenizer.encode(after + answer) };
}

/**
 * `Question: {question}\n Answer: {answer}` as a row in which only the answer's tokens count.
 *
 * @example
 * ```ts
 * const example = questionAnswerExample(tokenizer, { question: "1 + 1?", answer: "2" });
 * ```
 * @see method 4.1; the protocol of `vpt eval nll`.
 */
export function questionAnswerExample(
  tokenizer: Pick<Tokenizer, "encode" | "eos" | "begin">,
  row: QuestionAnswer,
  { maximumTokens = Infinity, appendEnd = false, ...layout }: QuestionAnswerOptions = {},
): Example {
  const { prompt, answer } = questionAnswerIds(tokenizer, row, layout);
  const end = appendEnd && tokenizer.eos !== undefined ? [tokenizer.eos] : [];
  const tokens = [...prompt, ...answer, ...end].slice(0, maximumTokens + 1);
  const counts = (t: number): number => (t + 1 >= prompt.length ? 1 : 0);
  return {
    ids: Int32Array.from(tokens.slice(0, -1)),
    labels: Int32Array.from(tokens.slice(1)),
    lossMask: Uint8Array.from(tokens.slice(1), (_, t) => counts(t)),
  };
}

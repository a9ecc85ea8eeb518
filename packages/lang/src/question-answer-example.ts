import type { Example } from "./language-batch.js";
import { promptText, type PromptLayout } from "./prompt-text.js";
import { promptIds, type Tokenizer } from "./tokenizer/index.js";

/** A problem and its worked answer. */
export interface QuestionAnswer {
  readonly question: string;
  readonly answer: string;
}

/** How the text is laid out and cut. */
export interface QuestionAnswerOptions extends PromptLayout {
  /** Longest row in tokens; what goes beyond is cut off the answer's end. */
  readonly maximumTokens?: number | undefined;
  /** Predict the tokenizer's end token after the answer. */
  readonly appendEnd?: boolean | undefined;
}

/**
 * Prompt and answer in tokens, tokenised apart, because a token that spanned the boundary would be half label.
 *
 * @example
 * ```ts
 * import { questionAnswerIds } from "@vpt/lang";
 * const { prompt, answer } = questionAnswerIds(tokenizer, { question: "1 + 1?", answer: "2" });
 * ```
 */
export function questionAnswerIds(
  tokenizer: Pick<Tokenizer, "encode" | "begin" | "chatTemplate" | "files">,
  { question, answer }: QuestionAnswer,
  layout: PromptLayout = {},
): { readonly prompt: number[]; readonly answer: number[] } {
  const isPaperLayout = layout.template === undefined && !layout.chat;
  const blank = isPaperLayout && layout.answerBlank === "answer" ? " " : "";
  return {
    prompt: promptIds(tokenizer, promptText(tokenizer, question, layout)),
    answer: tokenizer.encode(blank + answer),
  };
}

/**
 * Returns `Question: {question}\n Answer: {answer}`, or another layout, as a row in which only the answer's tokens
 * count.
 *
 * @example
 * ```ts
 * import { questionAnswerExample } from "@vpt/lang";
 * const example = questionAnswerExample(tokenizer, { question: "1 + 1?", answer: "2" });
 * ```
 * @see method 4.1; the protocol of `vpt eval nll`.
 */
export function questionAnswerExample(
  tokenizer: Pick<Tokenizer, "encode" | "eos" | "begin" | "chatTemplate" | "files">,
  row: QuestionAnswer,
  { maximumTokens, appendEnd, ...layout }: QuestionAnswerOptions = {},
): Example {
  const { prompt, answer } = questionAnswerIds(tokenizer, row, layout);
  return rowOf(tokenizer, prompt, answer, { maximumTokens, appendEnd });
}

/**
 * Returns a whole text as a row in which every token but the first counts.
 *
 * @example
 * ```ts
 * import { textExample } from "@vpt/lang";
 * const example = textExample(tokenizer, "Ann has 3 apples.", { maximumTokens: 64 });
 * ```
 */
export const textExample = (
  tokenizer: Pick<Tokenizer, "encode" | "eos" | "begin">,
  text: string,
  options: Pick<QuestionAnswerOptions, "maximumTokens" | "appendEnd"> = {},
): Example => rowOf(tokenizer, [], promptIds(tokenizer, text), options);

function rowOf(
  { eos }: Pick<Tokenizer, "eos">,
  prompt: readonly number[],
  answer: readonly number[],
  { maximumTokens = Infinity, appendEnd = false }: Pick<QuestionAnswerOptions, "maximumTokens" | "appendEnd">,
): Example {
  const end = appendEnd && eos !== undefined ? [eos] : [];
  const tokens = [...prompt, ...answer, ...end].slice(0, maximumTokens + 1);
  const counts = (t: number): number => (t + 1 >= prompt.length ? 1 : 0);
  return {
    ids: Int32Array.from(tokens.slice(0, -1)),
    labels: Int32Array.from(tokens.slice(1)),
    lossMask: Uint8Array.from(tokens.slice(1), (_, t) => counts(t)),
  };
}

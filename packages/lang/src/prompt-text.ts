import { chatPrompt } from "./chat/chat-prompt.js";
import type { Tokenizer } from "./tokenizer/index.js";

/** How a question becomes a prompt: one setting for stream, feedback and evaluation. */
export interface PromptLayout {
  /**
   * The prompt, with `{question}` where the question goes, such as `"Q: {question}\nA: "`; the answer follows it
   * directly. In place of the paper's layout, and with `chat` the text of the user's message.
   */
  readonly template?: string | undefined;
  /** Put the question into the model's own chat template, as the user's message. Default false. */
  readonly chat?: boolean | undefined;
  /** A blank between the newline and `Answer:`, as the paper prints it. Default true. */
  readonly newlineBlank?: boolean | undefined;
  /** The side of the split on which the blank after `Answer:` falls. Default `prompt`. */
  readonly answerBlank?: "prompt" | "answer" | undefined;
}

/**
 * Returns the text that comes before a question's answer.
 *
 * By default `Question: {question}\n Answer: `, the paper's layout; `template` replaces it, and `chat` puts the
 * question (or the filled template) into the tokenizer's chat template as the user's message.
 *
 * @throws {VptError} With `chat`, when the tokenizer has no chat template or the template refuses the message.
 * @example
 * ```ts
 * import { promptText } from "@vpt/lang";
 * promptText(tokenizer, "1 + 1?", { template: "Q: {question}\nA: " }); // "Q: 1 + 1?\nA: "
 * ```
 * @see method 4.1 for the default.
 */
export const promptText = (
  tokenizer: Pick<Tokenizer, "chatTemplate" | "files">,
  question: string,
  { template, chat = false, newlineBlank = true, answerBlank = "prompt" }: PromptLayout = {},
): string => {
  const filled = template?.replaceAll("{question}", () => question);
  if (chat) return chatPrompt(tokenizer, [{ role: "user", content: filled ?? question }]);
  return filled ?? `Question: ${question}\n${newlineBlank ? " " : ""}Answer:${answerBlank === "prompt" ? " " : ""}`;
};

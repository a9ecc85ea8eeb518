import { Template } from "@huggingface/jinja";
import { VptError } from "@vpt/core";
import type { Tokenizer } from "../tokenizer/create-tokenizer.js";

/** One turn of a conversation. */
export interface ChatMessage {
  /** Such as `system`, `user` or `assistant`: what the template knows. */
  readonly role: string;
  readonly content: string;
}

/** How a conversation becomes text. */
export interface ChatPromptOptions {
  /** End where the assistant's answer starts; default true. */
  readonly addGenerationPrompt?: boolean;
  /** A template in place of the tokenizer's own. */
  readonly template?: string;
  /** Further values that the template reads, such as `tools` or `enable_thinking`. */
  readonly values?: Readonly<Record<string, unknown>>;
}

const contentOf = (token: unknown): unknown =>
  typeof token === "object" && token !== null ? (token as { readonly content?: unknown }).content : token;

/**
 * The text of a conversation under the tokenizer's chat template, special tokens written out: `encode` of the tokenizer
 * recognises them.
 *
 * @throws {VptError} When there is no template, or the template refuses the conversation or cannot be read.
 * @example
 * ```ts
 * const prompt = chatPrompt(model.tokenizer, [{ role: "user", content: "What is 2 + 2?" }]);
 * const [{ text }] = await generate(model, [prompt], { maxNewTokens: 64 });
 * ```
 * @see Hugging Face `PreTrainedTokenizerBase.apply_chat_template`.
 * @category tokenizer
 */
export const chatPrompt = (
  tokenizer: Pick<Tokenizer, "chatTemplate" | "files">,
  messages: readonly ChatMessage[],
  options: ChatPromptOptions = {},
): string => {
  const { addGenerationPrompt = true, template = tokenizer.chatTemplate, values } = options;
  if (template === undefined)
    throw new VptError("chatPrompt: this tokenizer has no chat template; pass one as `template`, or use plain text.");
  const special = Object.entries(tokenizer.files?.config ?? {})
    .filter(([name]) => name.endsWith("_token"))
    .map(([name, token]) => [name, contentOf(token)] as const)
    .filter(([, token]) => typeof token === "string");
  try {
    return new Template(template).render({
      ...Object.fromEntries(special),
      ...values,
      messages: messages.map(({ role, content }) => ({ role, content })),
      add_generation_prompt: addGenerationPrompt,
    });
  } catch (error) {
    throw new VptError(
      `chatPrompt: the template failed (${error instanceof Error ? error.message : String(error)}). It ` +
        "may refuse a role or an order of turns.",
    );
  }
};

import { VptError } from "@vpt/core";
import type { Example } from "../language-batch.js";
import type { LanguageModel } from "../model/index.js";
import { promptIds } from "../tokenizer/index.js";

/** A context and the continuations whose log-likelihoods are asked for. */
export interface ChoiceRequest {
  readonly context: string;
  readonly continuations: readonly string[];
}

/** A request in tokens: one context and its next-token choices, or one row a continuation. */
export interface ContinuationRows {
  readonly context: readonly number[];
  readonly choices?: readonly number[];
  readonly examples?: readonly Example[];
}

/** What Python's `rstrip` takes off; `trimEnd` differs in a few. */
const pythonBlank = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const pythonBlanksAtEnd = new RegExp(`${pythonBlank}+$`);

/**
 * Context and continuation are tokenised as one text, blanks at the context's end moved to the continuation; what
 * follows the first len(tokens(context)) tokens is the continuation. Too long: tokens go from the left.
 */
export function continuationRows(
  { config, tokenizer }: Pick<LanguageModel, "config" | "tokenizer">,
  request: ChoiceRequest,
): ContinuationRows {
  const bare = request.context.replace(pythonBlanksAtEnd, "");
  const blanks = request.context.slice(bare.length);
  const context = promptIds(tokenizer, bare);
  const joined = request.continuations.map((continuation) => promptIds(tokenizer, bare + blanks + continuation));
  const odd = joined.findIndex((ids) => ids.length <= context.length);
  if (odd >= 0 || context.length === 0) {
    const what = JSON.stringify(odd >= 0 ? request.continuations[odd] : request.context);
    throw new VptError(
      `choiceScorer: ${what} has no token of its own; expected a context and continuations with text.`,
    );
  }
  const single = joined.every((ids) => ids.length === context.length + 1 && context.every((id, t) => id === ids[t]));
  if (single) return { context: context.slice(-config.maxPositions), choices: joined.map((ids) => ids.at(-1)!) };
  const examples = joined.map((ids): Example => {
    const kept = ids.slice(-(config.maxPositions + 1));
    const scored = Math.min(ids.length - context.length, kept.length - 1);
    const next = kept.slice(1);
    const mask = Uint8Array.from(next, (_, t) => (t >= next.length - scored ? 1 : 0));
    return { ids: Int32Array.from(kept.slice(0, -1)), labels: Int32Array.from(next), lossMask: mask };
  });
  return { context, examples };
}

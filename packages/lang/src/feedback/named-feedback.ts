import { VptError, type Feedback } from "@vpt/core";
import { digitTokens } from "../digit-tokens.js";
import { lmFeedback, type LmFeedbackOptions } from "../lm-feedback.js";
import type { DecoderConfig, LanguageModel } from "../model/index.js";
import { choiceFeedback } from "./choice-feedback.js";
import { contrastiveFeedback } from "./contrastive-feedback.js";
import { profiledFeedback } from "./profiled-feedback.js";

/** The feedbacks that a run can name. */
export const feedbackNames = ["lm", "choice", "profiled", "contrastive"] as const;
/** One of {@link feedbackNames}. */
export type FeedbackName = (typeof feedbackNames)[number];

/**
 * Returns how a feedback is made from labeled rows: `lm` is the mean answer loss ({@link lmFeedback}), `choice` the
 * cross-entropy within the ten digits ({@link choiceFeedback}), `profiled` the answer loss after a bias of its own
 * ({@link profiledFeedback}), `contrastive` right digits against wrong ones, up to 2 nats
 * apart ({@link contrastiveFeedback}).
 *
 * @throws {VptError} When `choice` or `contrastive` meet a tokenizer that writes several digits as one token.
 * @example
 * ```ts
 * import { namedFeedback } from "@vpt/lang";
 * const feedback = namedFeedback("choice", model.tokenizer)(config, { examples, batchSize: 8 });
 * ```
 * @category feedback
 */
export function namedFeedback(
  name: FeedbackName,
  tokenizer: Pick<LanguageModel["tokenizer"], "encode" | "decode">,
): (config: DecoderConfig, options: LmFeedbackOptions) => Feedback {
  if (name === "lm") return lmFeedback;
  if (name === "profiled") return profiledFeedback;
  const digits = digitTokens(tokenizer);
  if (!digits)
    throw new VptError(
      `feedback "${name}": the tokenizer writes several digits as one token; expected one token a digit. ` +
        `Take "profiled" or "lm"`,
    );
  const make = name === "choice" ? choiceFeedback : contrastiveFeedback;
  return (config, options) => make(config, { ...options, alternatives: digits });
}

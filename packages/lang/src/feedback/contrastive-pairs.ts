import { randomFromSeed } from "@vpt/core";
import type { Example } from "../language-batch.js";
import type { Preference } from "./preference-feedback.js";

/**
 * Makes pairs of a gold row and the same row with wrong numbers: of every number that counts, the last digit is another
 * one. Only those digits count in a pair, and what a row reads is the gold text, so that hidden states that were cached
 * of it stay true. Rows without a number are left out.
 *
 * @param digits The tokens of the digits 0 to 9, as `digitTokens` of `@vpt/lang/evaluation` gives them.
 * @example
 * ```ts
 * import { contrastivePairs, preferenceFeedback } from "@vpt/lang";
 * import { digitTokens } from "@vpt/lang/evaluation";
 * const pairs = contrastivePairs(gsm8k, digitTokens(tokenizer)!, 0);
 * const feedback = preferenceFeedback(config, { pairs, perToken: true, margin: 2, beta: 1 });
 * ```
 * @category feedback
 */
export function contrastivePairs(examples: readonly Example[], digits: readonly number[], seed: number): Preference[] {
  const random = randomFromSeed(seed, "contrastive pairs");
  return examples.flatMap((row) => {
    const isDigit = (t: number): boolean => row.lossMask[t]! > 0 && digits.includes(row.labels[t]!);
    const lossMask = Uint8Array.from(row.labels, (_, t) => (isDigit(t) && !isDigit(t + 1) ? 1 : 0));
    if (lossMask.every((m) => m === 0)) return [];
    const wrong = row.labels.map((id, t) => {
      if (lossMask[t] === 0) return id;
      const others = digits.filter((digit) => digit !== id);
      return others[random.integer(others.length)]!;
    });
    return [{ chosen: { ...row, lossMask }, rejected: { ...row, lossMask, labels: wrong } }];
  });
}

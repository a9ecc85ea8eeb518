import { VptError } from "@vpt/core";
import type { Example } from "../language-batch.js";
import type { LmFeedbackOptions } from "../lm-feedback.js";
import type { DecoderConfig } from "../model/index.js";
import { checkExamples } from "./check-examples.js";

/** Labeled examples, and which tokens stand against each other. */
export interface AlternativesOptions extends LmFeedbackOptions {
  /** Tokens of one format, such as `digitTokens` of `@vpt/lang/evaluation`; no other label counts. */
  readonly alternatives: readonly number[];
}

/**
 * Returns the examples that have one of the alternatives among their counted labels, counting those labels alone.
 *
 * @throws {VptError} When there are no examples, no label is an alternative, or fewer than two alternatives are given.
 */
export function countAlternatives(
  where: string,
  { vocabSize }: DecoderConfig,
  examples: readonly Example[],
  alternatives: readonly number[],
): Example[] {
  checkExamples(where, examples, vocabSize);
  if (new Set(alternatives).size < 2 || alternatives.some((id) => !(id >= 0 && id < vocabSize)))
    throw new VptError(
      `${where}: alternatives [${alternatives.join(", ")}]; expected at least two different ids below ${vocabSize}`,
    );
  const rows = examples
    .map((row) => ({
      ...row,
      lossMask: Uint8Array.from(row.lossMask, (m, t) => (m > 0 && alternatives.includes(row.labels[t]!) ? 1 : 0)),
    }))
    .filter(({ lossMask }) => lossMask.some((m) => m > 0));
  if (rows.length === 0)
    throw new VptError(
      `${where}: no counted label of ${examples.length} examples is one of the ${alternatives.length} ` +
        "alternatives; give rows that have them",
    );
  return rows;
}

import { createDuplicateIndex, type DuplicateOptions } from "./duplicate-index.js";
import { candidateProbability, shingles } from "./similarity.js";

/** How many of the truly similar pairs the bands found. */
export interface LshRecall {
  /** Pairs with Jaccard at least the threshold, and the share of them that became candidates; NaN without pairs. */
  readonly pairs: number;
  readonly recall: number;
  /** Mean of `candidateProbability` over the same pairs: what the S-curve promises. */
  readonly expected: number;
  /** The same share over pairs at least 0.1 above the threshold; should be 0.95 or more. */
  readonly pairsWellAbove: number;
  readonly recallWellAbove: number;
}

/**
 * Recall of the LSH candidates against all pairs, counted exactly through an inverted index of n-grams. Use a sample of
 * documents.
 * @example
 * ```ts
 * import { lshRecall } from "@vpt/eval/decontaminate";
 *
 * const questions = problems.map(({ question }) => question);
 * lshRecall(texts, questions, { n: 5, threshold: 0.5 }).recallWellAbove;
 * ```
 * @category report
 */
export function lshRecall(
  documents: readonly string[],
  references: readonly string[],
  options: DuplicateOptions = {},
): LshRecall {
  const { n = 5, threshold = 0.5, normalize = (text: string) => text } = options;
  const index = createDuplicateIndex({ ...options, overlapWords: 0 });
  const holders = new Map<string, number[]>();
  const sizes = references.map((text, position) => {
    index.add(text);
    const grams = shingles(normalize(text), n);
    for (const gram of grams) holders.set(gram, [...(holders.get(gram) ?? []), position]);
    return grams.size;
  });
  const all = { pairs: 0, found: 0, expected: 0 };
  const above = { pairs: 0, found: 0 };
  for (const text of documents) {
    const grams = shingles(normalize(text), n);
    const shared = new Map<number, number>();
    for (const gram of grams)
      for (const position of holders.get(gram) ?? []) shared.set(position, (shared.get(position) ?? 0) + 1);
    const candidates = new Set(index.candidates(text));
    for (const [position, count] of shared) {
      const similarity = count / (grams.size + sizes[position]! - count);
      if (similarity < threshold) continue;
      const found = candidates.has(position) ? 1 : 0;
      all.pairs++;
      all.found += found;
      all.expected += candidateProbability(similarity, index.parameters);
      if (similarity < threshold + 0.1) continue;
      above.pairs++;
      above.found += found;
    }
  }
  const { pairs } = all;
  const [recall, expected] = [all.found / pairs, all.expected / pairs];
  return { pairs, recall, expected, pairsWellAbove: above.pairs, recallWellAbove: above.found / above.pairs };
}

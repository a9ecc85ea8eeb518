import { randomFromSeed } from "@vpt/core";
import type { Example } from "../language-batch.js";

/**
 * The same rows with the counted labels of all of them permuted: each token keeps its frequency and loses its question.
 *
 * @example
 * ```ts
 * const feedback = lmFeedback(config, { examples: shuffleLabels(gsm8k, 0) });
 * ```
 * @see Method 5: the shuffled-feedback control; not in the paper.
 * @category feedback
 */
export function shuffleLabels(examples: readonly Example[], seed: number): Example[] {
  const random = randomFromSeed(seed, "shuffled labels");
  const labels = examples.flatMap(({ labels, lossMask }) => [...labels].filter((_, t) => lossMask[t]! > 0));
  for (let i = labels.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [labels[i], labels[j]] = [labels[j]!, labels[i]!];
  }
  let drawn = 0;
  return examples.map((example) => ({
    ...example,
    labels: example.labels.map((id, t) => (example.lossMask[t]! > 0 ? labels[drawn++]! : id)),
  }));
}

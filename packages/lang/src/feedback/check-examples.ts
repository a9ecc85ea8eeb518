import { VptError } from "@vpt/core";
import type { Example } from "../language-batch.js";

/**
 * Throws unless there are rows, some token of them counts, and every id is in the vocabulary: past it, a gather gives
 * zeros on one backend and another row on the next, a wrong number without a word.
 */
export function checkExamples(where: string, examples: readonly Example[], vocabularySize: number): void {
  if (examples.length === 0)
    throw new VptError(`${where}: no feedback examples; give at least one with a counted answer token`);
  examples.forEach(({ ids, labels, lossMask }, i) => {
    if (ids.length !== labels.length || ids.length !== lossMask.length) {
      throw new VptError(
        `${where}: example ${i} has ${ids.length} ids, ${labels.length} labels and a lossMask of ` +
          `${lossMask.length}; expected one length`,
      );
    }
    const isKnown = (id: number): boolean => id >= 0 && id < vocabularySize;
    const strange = [...ids, ...labels].find((id) => !isKnown(id));
    if (strange === undefined) return;
    throw new VptError(
      `${where}: example ${i} holds id ${strange}, outside the model's ${vocabularySize}; was it made ` +
        "with another tokenizer?",
    );
  });
  if (examples.some(({ lossMask }) => lossMask.some((m) => m > 0))) return;
  throw new VptError(`${where}: none of ${examples.length} examples has a counted token, so there is nothing to learn`);
}

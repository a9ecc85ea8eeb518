import { VptError } from "@vpt/core";
import type { Example } from "../language-batch.js";

/**
 * Throws unless there are rows, some token of them counts, and every id is in the vocabulary: past it, a gather gives
 * zeros on one backend and another row on the next, a wrong number without a word.
 */
export function checkExamples(where: string, examples: readonly Example[], vocabularySize: number): void {
  if (examples.length === 0)
    throw new VptError(`${where}: no feedback examples; give at least one with a counted answer token`);
  examples.forEach(({ ids, next, mask }, i) => {
    if (ids.length !== next.length || ids.length !== mask.length) {
      throw new VptError(
        `${where}: example ${i} has ${ids.length} ids, ${next.length} next ids and a mask of ` +
          `${mask.length}; expected one length`,
      );
    }
    const isKnown = (id: number): boolean => id >= 0 && id < vocabularySize;
    const strange = [...ids, ...next].find((id) => !isKnown(id));
    if (strange === undefined) return;
    throw new VptError(
      `${where}: example ${i} holds id ${strange}, outside the model's ${vocabularySize}; was it made ` +
        "with another tokenizer?",
    );
  });
  if (examples.some(({ mask }) => mask.some((m) => m > 0))) return;
  throw new VptError(`${where}: none of ${examples.length} examples has a counted token, so there is nothing to learn`);
}

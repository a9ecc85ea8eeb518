import { createHash } from "node:crypto";
import { VptError } from "@vpt/core";
import type { QuestionAnswer } from "@vpt/lang";

/** Pairs of sets that may share no question: what is reported would be partly what was learned from. */
const apart = [
  ["feedback", "test"],
  ["feedback", "probeRows"],
  ["probeRows", "test"],
  ["unlabeled", "test"],
] as const;

/**
 * Refuses sets that share a question, by a hash of its text in lower case with blanks made one.
 *
 * @param named What a set is called in the error.
 * @throws {VptError} Names both sets, how many questions they share, and the first.
 */
export function assertDisjoint(
  sets: Readonly<Partial<Record<string, readonly QuestionAnswer[]>>>,
  named: (set: string) => string = (set) => set,
): void {
  for (const [a, b] of apart) {
    const known = new Set(sets[a]?.map(hashOf));
    const shared = (sets[b] ?? []).filter((row) => known.has(hashOf(row)));
    const [first] = shared;
    if (first === undefined) continue;
    const text = first.question.length > 80 ? `${first.question.slice(0, 80)}…` : first.question;
    throw new VptError(
      `"data.${named(b)}": ${shared.length} of ${sets[b]!.length} questions are in "data.${named(a)}" ` +
        `too, such as ${JSON.stringify(text)}; give rows apart, with "skip" and "limit" or another file`,
    );
  }
}

/**
 * Says of a question whether it is among `rows`: a corpus is never in memory, so what it shares with the test is left
 * out as it comes. `onFirst` is told once.
 */
export function createOverlapFilter(
  rows: readonly QuestionAnswer[],
  onFirst: (question: string) => void,
): (question: string) => boolean {
  const known = new Set(rows.map(hashOf));
  let told = false;
  return (question) => {
    const isKnown = known.has(hashOf({ question }));
    if (isKnown && !told) onFirst(question);
    told ||= isKnown;
    return isKnown;
  };
}

const hashOf = ({ question }: Pick<QuestionAnswer, "question">): string =>
  createHash("sha256").update(question.toLowerCase().trim().replace(/\s+/g, " ")).digest("base64");

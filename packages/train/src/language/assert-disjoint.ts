import { createHash } from "node:crypto";
import { VptError } from "@vpt/core";
import type { Row } from "./read-rows.js";

/** Pairs of sets that may share no question: what is reported would be partly what was learned from. */
const apart = [
  ["feedback", "test"],
  ["feedback", "probeRows"],
  ["probeRows", "test"],
  ["feedback", "unlabeled"],
  ["test", "unlabeled"],
] as const;

/**
 * Refuses sets that share a question (or a whole text), by a hash of its text in lower case with blanks made one.
 *
 * @param named What a set is called in the error.
 * @throws {VptError} Names both sets, how many questions they share, and the first.
 */
export function assertDisjoint(
  sets: Readonly<Partial<Record<string, readonly Row[]>>>,
  named: (set: string) => string = (set) => set,
): void {
  for (const [a, b] of apart) {
    const known = new Set(sets[a]?.map(hashOf));
    const shared = (sets[b] ?? []).filter((row) => known.has(hashOf(row)));
    const [first] = shared;
    if (first === undefined) continue;
    const asked = textOf(first);
    const text = asked.length > 80 ? `${asked.slice(0, 80)}…` : asked;
    const kind = first.question === undefined ? "texts" : "questions";
    throw new VptError(
      `"data.${named(b)}": ${shared.length} of ${sets[b]!.length} ${kind} are in "data.${named(a)}" ` +
        `too, such as ${JSON.stringify(text)}; give rows apart, with "skip" and "limit" or another file`,
    );
  }
}

/**
 * Returns whether a row's question (or whole text) is among `rows`. A corpus is never in memory, so what it shares with
 * other sets is left out as it is read. `onFirst` is called once, with the first.
 */
export function createOverlapFilter(rows: readonly Row[], onFirst: (text: string) => void): (row: Row) => boolean {
  const known = new Set(rows.map(hashOf));
  let told = false;
  return (row) => {
    const isKnown = known.has(hashOf(row));
    if (isKnown && !told) onFirst(textOf(row));
    told ||= isKnown;
    return isKnown;
  };
}

const textOf = ({ question, answer }: Row): string => question ?? answer;

const hashOf = (row: Row): string =>
  createHash("sha256").update(textOf(row).toLowerCase().trim().replace(/\s+/g, " ")).digest("base64");

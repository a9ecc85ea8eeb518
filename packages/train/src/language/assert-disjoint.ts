import { createHash } from "node:crypto";
import { VptError } from "@vpt/core";
import type { Row } from "./read-rows.js";

/** Roles of sets. Of two that share a row, the error names the later one as the set to change. */
const roles = ["feedback", "probeRows", "test", "unlabeledTest", "unlabeled"] as const;

/** The role of a set by its key in `data`: `domains.0.feedback` is feedback, `test.svamp` a test set. */
const roleOf = (name: string): number =>
  roles.indexOf(name.replace(/^domains\.\d+\./, "").split(".")[0] as (typeof roles)[number]);

/**
 * Refuses sets of two roles that share a question (or a whole text), by a hash of its text in lower case with blanks
 * made one: what is reported would be partly what was learned from. Sets of one role may share rows: the streams of two
 * domains, two test sets.
 *
 * @param sets Rows by their key in `data`, such as `unlabeled`, `test.svamp` or `domains.0.feedback`.
 * @throws {VptError} Names both sets, how many questions they share, and the first.
 */
export function assertDisjoint(sets: Readonly<Record<string, readonly Row[]>>): void {
  const hashed = Object.entries(sets)
    .map(([name, rows]) => ({ name, role: roleOf(name), rows, hashes: rows.map(hashOf) }))
    .sort((a, b) => a.role - b.role);
  for (const a of hashed) {
    const known = new Set(a.hashes);
    for (const b of hashed.filter(({ role }) => role > a.role)) {
      const shared = b.rows.filter((_, i) => known.has(b.hashes[i]!));
      if (shared.length > 0) throw new VptError(describeOverlap(a.name, b, shared));
    }
  }
}

function describeOverlap(
  known: string,
  { name, rows }: { readonly name: string; readonly rows: readonly Row[] },
  shared: readonly Row[],
): string {
  const asked = textOf(shared[0]!);
  const text = asked.length > 80 ? `${asked.slice(0, 80)}…` : asked;
  const kind = shared[0]!.question === undefined ? "texts" : "questions";
  return (
    `"data.${name}": ${shared.length} of ${rows.length} ${kind} are in "data.${known}" ` +
    `too, such as ${JSON.stringify(text)}; give rows apart, with "skip" and "limit" or another file`
  );
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

import { VptError } from "@vpt/contracts";
import type { ReadJsonlOptions } from "../read-jsonl.js";

/** Below so many records the share of bad ones is judged at the end alone. */
const judgedFrom = 1000;

/** How errors name the records, and what is to be cleaned. */
interface Wording {
  readonly record: "line" | "row";
  readonly whole: "file" | "data";
  /** Path of the file being read. */
  readonly path: () => string | undefined;
}

/** Counts the bad records of a reader and applies `onBadSample` and `maxCorruptFraction` to them. */
export const createBadRecords = (
  { record, whole, path }: Wording,
  {
    onBadSample = "error",
    maxCorruptFraction = 0.01,
    onSkip,
  }: Pick<ReadJsonlOptions<unknown>, "onBadSample" | "maxCorruptFraction" | "onSkip">,
) => {
  let bad = 0;
  const refuseTooMany = (seen: number, of = seen): void => {
    if (bad > maxCorruptFraction * of)
      throw new VptError(
        `${path()}: ${bad} of ${seen} ${record}s are bad, more than the ${maxCorruptFraction * 100} % allowed. ` +
          `Clean the ${whole} or raise maxCorruptFraction.`,
      );
  };
  return {
    count: () => bad,
    restore(count: number): void {
      bad = count;
    },
    /**
     * Counts a bad record.
     *
     * @throws {VptError} With `onBadSample: "error"`, or when more than the allowed share of the `seen` records is bad.
     */
    add(error: unknown, at: string, seen: number): void {
      const message = `${at}: ${error instanceof Error ? error.message : String(error)}`;
      if (onBadSample === "error")
        throw new VptError(`${message}. Correct the ${record}, or pass onBadSample: "skip".`);
      bad++;
      refuseTooMany(seen, Math.max(seen, judgedFrom));
      onSkip?.(message);
    },
    /** Judges the share at the end of the data. */
    finish: (seen: number): void => refuseTooMany(seen),
  };
};

import { VptError } from "@vpt/contracts";

/** What could not be used, and why. */
export interface SkippedSample {
  readonly name: string;
  readonly reason: string;
}

/** Counts bad items against a budget. */
export interface BadSampleTracker {
  /** Notes that an item was looked at, and why it is bad if it is. Seen twice counts once. */
  note(name: string, reason?: string): void;
  readonly bad: readonly SkippedSample[];
  readonly seen: number;
}

/**
 * A run's list of what it left out. It gives up when more than `maxCorruptFraction` of the items seen are bad; below a
 * hundred items it waits, since the first one may be a bad one.
 *
 * @throws {VptError} From `note`, when the budget is spent.
 * @example
 * ```ts
 * const quarantine = createBadSampleTracker("photos", { maxCorruptFraction: 0.05 });
 * quarantine.note("a.jpg", "image: cannot be read: …");
 * ```
 * @category images
 */
export function createBadSampleTracker(
  what: string,
  {
    maxCorruptFraction = 0.05,
    onBad,
  }: { readonly maxCorruptFraction?: number; readonly onBad?: (bad: SkippedSample) => void } = {},
): BadSampleTracker {
  const seen = new Set<string>();
  const bad: SkippedSample[] = [];
  return {
    note(name, reason) {
      if (seen.has(name)) return;
      seen.add(name);
      if (reason === undefined) return;
      bad.push({ name, reason });
      onBad?.({ name, reason });
      if (bad.length > maxCorruptFraction * Math.max(100, seen.size))
        throw new VptError(budgetSpent(what, bad, seen.size, maxCorruptFraction));
    },
    bad,
    get seen() {
      return seen.size;
    },
  };
}

/** The one line of a spent budget. */
export const budgetSpent = (what: string, bad: readonly SkippedSample[], of: number, share: number): string =>
  `${what}: ${bad.length} of ${of} are bad, more than ${share * 100} %; the first, ${bad[0]!.name}: ${bad[0]!.reason}`;

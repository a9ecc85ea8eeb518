import { pairedTInterval } from "@vpt/eval/statistics";

/** A mean over rounds with its 95 % interval; null for a single round. */
export interface Interval {
  readonly mean: number;
  readonly ci95: readonly [number, number] | null;
}

/** The mean of one number a round, with Student's interval. */
export function meanInterval(rounds: readonly number[]): Interval {
  if (rounds.length < 2) return { mean: rounds[0]!, ci95: null };
  const { value, ci95 } = pairedTInterval(
    rounds,
    rounds.map(() => 0),
  );
  return { mean: value, ci95 };
}

/**
 * The ratio `a/b` of pairs, one a round: the geometric mean, with Student's interval of the mean logarithm. What slows
 * a round down slows both of its numbers and leaves their ratio alone.
 */
export function ratioInterval(a: readonly number[], b: readonly number[]): Interval {
  const { mean, ci95 } = meanInterval(a.map((each, round) => Math.log(each / b[round]!)));
  return { mean: Math.exp(mean), ci95: ci95 && [Math.exp(ci95[0]), Math.exp(ci95[1])] };
}

/** `1.035 [1.021, 1.049]`. */
export function describeInterval({ mean, ci95 }: Interval, digits = 3): string {
  const text = mean.toFixed(digits);
  return ci95 ? `${text} [${ci95[0].toFixed(digits)}, ${ci95[1].toFixed(digits)}]` : text;
}

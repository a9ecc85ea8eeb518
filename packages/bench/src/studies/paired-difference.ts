import { pairedTInterval } from "@vpt/eval/statistics";

/** A paired difference over seeds; the interval is Student's, null for a single seed. */
export interface Difference {
  readonly mean: number;
  readonly ci95: readonly [number, number] | null;
}

/** `a − b`, seed by seed. */
export function pairedDifference(a: readonly number[], b: readonly number[]): Difference {
  if (a.length < 2) return { mean: a[0]! - b[0]!, ci95: null };
  const { value, ci95 } = pairedTInterval(a, b);
  return { mean: value, ci95 };
}

/** The mean of a column. */
export const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** `−0.123 [−0.150, −0.096]`. */
export function describeDifference({ mean, ci95 }: Difference, digits = 3): string {
  const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(digits)}`;
  return ci95 ? `${signed(mean)} [${signed(ci95[0])}, ${signed(ci95[1])}]` : signed(mean);
}

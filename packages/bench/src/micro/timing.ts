import { quantile } from "@vpt/eval/statistics";

/** Timings of one thing, in seconds. */
export interface Timing {
  readonly median: number;
  /** Quartiles: half of the runs lie between them. */
  readonly low: number;
  readonly high: number;
  readonly runs: readonly number[];
}

/** Returns the median and the quartiles of timings, interpolated between runs; the median of `[1, 2, 9]` is 2. */
export function timing(runs: readonly number[]): Timing {
  const sorted = [...runs].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75), runs };
}

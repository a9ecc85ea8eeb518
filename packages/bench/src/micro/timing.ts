/** Timings of one thing, in seconds. */
export interface Timing {
  readonly median: number;
  /** Quartiles: half of the runs lie between them. */
  readonly low: number;
  readonly high: number;
  readonly runs: readonly number[];
}

const at = (sorted: readonly number[], share: number): number => {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place % 1);
};

/** Returns the median and the quartiles of timings, interpolated between runs; the median of `[1, 2, 9]` is 2. */
export function timing(runs: readonly number[]): Timing {
  const sorted = [...runs].sort((a, b) => a - b);
  return { median: at(sorted, 0.5), low: at(sorted, 0.25), high: at(sorted, 0.75), runs };
}

import type { Comparison } from "./run-interleaved.js";

type Ratios = Readonly<Record<string, number>>;

/** Bytes as `1.23 GB`. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/** Formats the times of each implementation, then the ratios, with those of the fastest runs in brackets. */
export const comparisonLines = (comparison: Comparison, ratios: Ratios, fastest: Ratios = {}): string[] => [
  ...Object.entries(comparison).map(([name, { timing, peakBytes }]) => {
    const quartiles = `${timing.low.toFixed(2)}–${timing.high.toFixed(2)}`;
    const memory = peakBytes === undefined ? "" : `, peak ${gigabytes(peakBytes)}`;
    return `${name.padEnd(14)} ${timing.median.toFixed(2)} s (quartiles ${quartiles})${memory}`;
  }),
  ...Object.entries(ratios).map(([name, ratio]) => {
    const best = fastest[name] === undefined ? "" : ` (of the fastest runs ${fastest[name].toFixed(2)})`;
    return `ratio ${name} ${ratio.toFixed(2)}${best}`;
  }),
];

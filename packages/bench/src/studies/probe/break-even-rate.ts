import type { ProbeResult } from "@vpt/core";

/**
 * The median rate at which the second-order term of an SGD step is as large as the first. With `realised ≈ ηV − ½η²c`
 * at a small rate η it is `2|V|/c = η·|predicted|/(predicted − realised)`: beyond it the curvature decides whether the
 * loss falls, not the value. Negative where the curvature is.
 */
export function breakEvenRate(pairs: readonly ProbeResult[], rate: number): number {
  const edges = pairs.map(({ predicted, realised }) => (rate * Math.abs(predicted)) / (predicted - realised));
  return edges.sort((a, b) => a - b)[Math.floor(edges.length / 2)]!;
}

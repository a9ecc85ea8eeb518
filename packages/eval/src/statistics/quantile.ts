/**
 * Computes a quantile of sorted values with linear interpolation, as NumPy's default.
 *
 * @param sorted In ascending order; at least one.
 * @param p From 0 to 1; 0.5 is the median.
 * @example
 * ```ts
 * import { quantile } from "@vpt/eval/statistics";
 *
 * quantile([1, 2, 9], 0.5); // 2
 * ```
 * @category statistics
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!);
}

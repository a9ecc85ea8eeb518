import { randomFromSeed } from "@vpt/contracts";

/**
 * Computes the mean of `a − b` over paired test items and its 95 % bootstrap interval (10,000 resamples, fixed
 * seed). It says how sure the difference is for more items like these, not for more seeds.
 */
export function pairedInterval(
  a: readonly number[],
  b: readonly number[],
): { mean: number; low: number; high: number } {
  const differences = a.map((value, i) => value - b[i]!);
  const count = differences.length;
  const random = randomFromSeed(0, "bootstrap");
  const meanOf = (draw: (i: number) => number): number => {
    let total = 0;
    for (let i = 0; i < count; i++) total += draw(i);
    return total / count;
  };
  const means = Float64Array.from({ length: 10_000 }, () => meanOf(() => differences[random.integer(count)]!)).sort();
  return { mean: meanOf((i) => differences[i]!), low: means[250]!, high: means[9_749]! };
}

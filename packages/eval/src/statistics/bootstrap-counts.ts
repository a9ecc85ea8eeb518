import type { Estimate } from "./statistics.js";
import { quantile } from "./quantile.js";
import { createRandom } from "../internal/random.js";

/**
 * Percentile bootstrap of scores that are no means: `n` items drawn with replacement, each draw handed over as how
 * often each item came. One pass for all scores, so that they share the draws.
 */
export function bootstrapCounts(
  n: number,
  scores: (times: Uint32Array) => Readonly<Record<string, number>>,
  {
    resamples = 1000,
    seed = 0,
    over = "images",
  }: { readonly resamples?: number; readonly seed?: number; readonly over?: string } = {},
): Record<string, Estimate> {
  const whole = scores(new Uint32Array(n).fill(1));
  const random = createRandom(seed);
  const draws: Record<string, Float64Array> = Object.fromEntries(
    Object.keys(whole).map((name) => [name, new Float64Array(resamples)]),
  );
  for (let b = 0; b < resamples; b++) {
    const times = new Uint32Array(n);
    for (let i = 0; i < n; i++) times[Math.floor(random() * n)]!++;
    for (const [name, value] of Object.entries(scores(times))) draws[name]![b] = value;
  }
  return Object.fromEntries(
    Object.entries(whole).map(([name, value]) => {
      const sorted = draws[name]!.filter((x) => !Number.isNaN(x)).sort();
      const centre = sorted.reduce((a, b) => a + b, 0) / sorted.length;
      const stderr = Math.sqrt(sorted.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (sorted.length - 1));
      return [
        name,
        {
          value,
          stderr,
          ci95: [quantile(sorted, 0.025), quantile(sorted, 0.975)],
          method: `bootstrap ${resamples} over ${over}`,
        },
      ];
    }),
  );
}

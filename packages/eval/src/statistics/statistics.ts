import { quantile } from "./quantile.js";
export { quantile };
import { checkInteger, checkLength, EvalInputError } from "../errors.js";
import { createRandom } from "../internal/random.js";
import { incompleteBeta, studentCentre, studentTail } from "./special.js";

/** A number with its uncertainty; `ci95` is at the asked-for confidence, 0.95 by default. */
export interface Estimate {
  readonly value: number;
  readonly stderr: number;
  readonly ci95: readonly [number, number];
  readonly method: string;
}

/** Seeded resampling. */
export interface ResampleOptions {
  readonly resamples?: number;
  readonly seed?: number;
  readonly confidence?: number;
}

/**
 * Mean and its standard error: sample standard deviation over √n, which for 0/1 scores is √(p(1-p)/(n-1)).
 * NaN for no scores, and a NaN error for one.
 * @example
 * ```ts
 * import { meanAndError } from "@vpt/eval/statistics";
 *
 * meanAndError([1, 0, 1, 1]) // { mean: 0.75, stderr: 0.25 }
 * ```
 * @see lm-evaluation-harness, api/metrics.py, mean_stderr
 * @category intervals
 */
export function meanAndError(scores: ArrayLike<number>): { readonly mean: number; readonly stderr: number } {
  const n = scores.length;
  const mean = sum(scores) / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (scores[i]! - mean) ** 2;
  return { mean, stderr: Math.sqrt(squares / (n - 1) / n) };
}

/**
 * Wilson's interval of a share: with d = 1 + z²/n, centre (p + z²/2n)/d, half width z·√(p(1-p)/n + z²/4n²)/d.
 * @throws {EvalInputError} When n < 1 or successes are not in 0..n.
 * @example
 * ```ts
 * import { wilsonInterval } from "@vpt/eval/statistics";
 *
 * wilsonInterval(290, 1319) // [0.1983, 0.2430], rounded
 * ```
 * @category intervals
 */
export function wilsonInterval(
  successes: number,
  n: number,
  options: { readonly confidence?: number } = {},
): [number, number] {
  checkInteger("wilsonInterval: n", n, 1);
  checkInteger("wilsonInterval: successes", successes, 0, n);
  const z = normalQuantile(1 - (1 - (options.confidence ?? 0.95)) / 2);
  const p = successes / n;
  const d = 1 + (z * z) / n;
  const centre = (p + (z * z) / (2 * n)) / d;
  const half = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / d;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/**
 * Percentile bootstrap of a mean: items drawn with replacement, seeded; the error is the sample deviation of the
 * resampled means. Resample items, not the samples of one item.
 * @example
 * ```ts
 * import { bootstrapMean } from "@vpt/eval/statistics";
 *
 * bootstrapMean([0.2, 0.4, 0.9], { seed: 1 }).ci95
 * ```
 * @category intervals
 */
export function bootstrapMean(scores: ArrayLike<number>, options: ResampleOptions = {}): Estimate {
  const { resamples = 10_000, seed = 0, confidence = 0.95 } = options;
  checkInteger("bootstrapMean: resamples", resamples, 2);
  checkInteger("bootstrapMean: number of scores", scores.length, 1);
  const random = createRandom(seed);
  const n = scores.length;
  const means = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    let total = 0;
    for (let i = 0; i < n; i++) total += scores[Math.floor(random() * n)]!;
    means[b] = total / n;
  }
  const { mean: centre } = meanAndError(means);
  const stderr = Math.sqrt(sum(means.map((m) => (m - centre) ** 2)) / (resamples - 1));
  means.sort();
  const tail = (1 - confidence) / 2;
  return {
    value: sum(scores) / n,
    stderr,
    ci95: [quantile(means, tail), quantile(means, 1 - tail)],
    method: `bootstrap ${resamples}`,
  };
}

/**
 * Unweighted mean of independent shares, such as those of a benchmark's subjects: the error is `√Σ stderr² / G`, the
 * interval 1.96 of it to both sides, within [0, 1].
 * @throws {EvalInputError} When there is none.
 * @example
 * ```ts
 * import { meanOfEstimates } from "@vpt/eval/statistics";
 *
 * const shares = [0.2, 0.6].map((value) => ({ value, stderr: 0.1, ci95: [value, value] as const, method: "wilson" }));
 * meanOfEstimates(shares).value // 0.4
 * ```
 */
export function meanOfEstimates(estimates: readonly Estimate[]): Estimate {
  const count = estimates.length;
  checkInteger("meanOfEstimates: number of estimates", count, 1);
  const value = estimates.reduce((sum, each) => sum + each.value, 0) / count;
  const stderr = Math.sqrt(estimates.reduce((sum, each) => sum + each.stderr ** 2, 0)) / count;
  const ci95 = [Math.max(0, value - 1.959963985 * stderr), Math.min(1, value + 1.959963985 * stderr)] as const;
  return { value, stderr, ci95, method: `mean of ${count} estimates` };
}

/**
 * Two models on the same items: bootstrap of the mean of `a - b`.
 * @throws {EvalInputError} When the two lists differ in length.
 * @example
 * ```ts
 * import { pairedBootstrap } from "@vpt/eval/statistics";
 *
 * pairedBootstrap([1, 1, 0, 1], [1, 0, 0, 1]).value // 0.25
 * ```
 * @category paired tests
 */
export function pairedBootstrap(a: ArrayLike<number>, b: ArrayLike<number>, options: ResampleOptions = {}): Estimate {
  return bootstrapMean(differences("pairedBootstrap", a, b), options);
}

/**
 * Exact two-sided McNemar test from the discordant counts: `min(1, 2·Σ_{i ≤ min(b,c)} C(b+c, i) / 2^(b+c))`.
 * @example
 * ```ts
 * import { mcNemar } from "@vpt/eval/statistics";
 *
 * mcNemar(8, 2) // 0.109375
 * ```
 * @see SciPy's `binomtest(min(b, c), b + c).pvalue`, the same number
 * @category paired tests
 */
export function mcNemar(onlyFirst: number, onlySecond: number): number {
  checkInteger("mcNemar: onlyFirst", onlyFirst, 0);
  checkInteger("mcNemar: onlySecond", onlySecond, 0);
  const n = onlyFirst + onlySecond;
  const least = Math.min(onlyFirst, onlySecond);
  if (2 * least >= n) return 1;
  return Math.min(1, 2 * incompleteBeta(0.5, n - least, least + 1)); // P(X <= least), X binomial(n, 1/2)
}

/** Result of {@link pairedTInterval}. */
export interface PairedT extends Estimate {
  readonly t: number;
  readonly degrees: number;
  /** Two-sided p value of "no difference". */
  readonly p: number;
}

/**
 * Paired t interval of the mean of `a - b`, with exact Student quantiles: `mean ± t_{(1+confidence)/2, n-1}·s/√n`.
 * When all differences are equal the interval is that point (p is 0, or 1 when they are all 0).
 * @throws {EvalInputError} When lengths differ or fewer than two pairs are given.
 * @example
 * ```ts
 * import { pairedTInterval } from "@vpt/eval/statistics";
 *
 * pairedTInterval([3, 5, 4], [1, 4, 4]).ci95 // [-1.484, 3.484], rounded
 * ```
 * @see SciPy's `ttest_rel(a, b).confidence_interval(0.95)`
 * @category paired tests
 */
export function pairedTInterval(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { readonly confidence?: number } = {},
): PairedT {
  const { confidence = 0.95 } = options;
  const d = differences("pairedTInterval", a, b);
  checkInteger("pairedTInterval: number of pairs", d.length, 2);
  const degrees = d.length - 1;
  const { mean: value, stderr } = meanAndError(d);
  const half = studentQuantile((1 + confidence) / 2, degrees) * stderr;
  const t = value === 0 ? 0 : value / stderr;
  const p = 2 * studentTail(Math.abs(t), degrees);
  return {
    value,
    stderr,
    ci95: [value - half, value + half],
    method: "paired t",
    t,
    degrees,
    p: Number.isFinite(t) ? p : 0,
  };
}

/**
 * Quantile of Student's t distribution, exact to about 1e-13 relative.
 * @throws {EvalInputError} When p is not inside (0, 1) or degrees are not positive.
 * @example
 * ```ts
 * import { studentQuantile } from "@vpt/eval/statistics";
 *
 * studentQuantile(0.975, 4) // 2.7764451051977987
 * ```
 * @category distributions
 */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1)) {
    throw new EvalInputError({ where: "studentQuantile: p", expected: "a number inside (0, 1)", received: String(p) });
  }
  if (!(degrees > 0)) {
    throw new EvalInputError({
      where: "studentQuantile: degrees",
      expected: "a positive number",
      received: String(degrees),
    });
  }
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  // Compare on the side whose number is small and exact: the mass up to t near the centre, the tail beyond t elsewhere.
  const tooLow = (t: number) => (tail > 0.25 ? studentCentre(t, degrees) < 0.5 - tail : studentTail(t, degrees) > tail);
  let low = 0;
  let high = 1;
  for (; tooLow(high) && high < 1e300; high *= 2) low = high;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (tooLow(middle)) low = middle;
    else high = middle;
  }
  return p < 0.5 ? -high : high;
}

/**
 * Quantile of the normal distribution, to about 1e-8: Student's at ten million degrees of freedom, less its first-order
 * term.
 */
export function normalQuantile(p: number): number {
  if (p === 0.975) return 1.959963984540054;
  // t_ν = z + (z³ + z)/4ν + O(ν⁻²): remove the first-order term.
  const degrees = 1e7;
  const t = studentQuantile(p, degrees);
  return t - (t ** 3 + t) / (4 * degrees);
}

/** Result of {@link signFlipTest}. */
export interface SignFlip {
  readonly p: number;
  readonly mean: number;
  readonly flips: number;
  readonly exact: boolean;
}

/**
 * Two-sided sign-flip permutation test of "differences are symmetric about 0": the share of sign patterns whose mean is
 * at least as far from 0 as the observed one. All 2ⁿ patterns up to `exactUpTo` pairs (default 16), else `flips` seeded
 * ones with p = (1 + hits)/(1 + flips).
 * @example
 * ```ts
 * import { signFlipTest } from "@vpt/eval/statistics";
 *
 * signFlipTest([1, 2, 3, 4]).p // 0.125
 * ```
 * @see SciPy's `permutation_test(..., permutation_type="samples")`, the same exact p
 * @category paired tests
 */
export function signFlipTest(
  pairs: ArrayLike<number>,
  options: { readonly flips?: number; readonly seed?: number; readonly exactUpTo?: number } = {},
): SignFlip {
  const { flips = 10_000, seed = 0, exactUpTo = 16 } = options;
  checkInteger("signFlipTest: number of differences", pairs.length, 1);
  checkInteger("signFlipTest: exactUpTo", exactUpTo, 0, 24);
  const n = pairs.length;
  const observed = Math.abs(sum(pairs));
  const limit = observed - 1e-12 * sum(Array.from(pairs, Math.abs)); // equal up to rounding counts as equal
  const mean = sum(pairs) / n;
  const random = createRandom(seed);
  const exact = n <= exactUpTo;
  const patterns = exact ? 2 ** n : flips;
  let hits = 0;
  for (let pattern = 0; pattern < patterns; pattern++) {
    let total = 0;
    for (let i = 0; i < n; i++) {
      const flip = exact ? (pattern >>> i) & 1 : random() < 0.5;
      total += flip ? -pairs[i]! : pairs[i]!;
    }
    if (Math.abs(total) >= limit) hits++;
  }
  return { p: exact ? hits / patterns : (1 + hits) / (1 + patterns), mean, flips: patterns, exact };
}

/**
 * Holm's step-down adjustment of p values, in the order given: the i-th smallest times (m - i), made monotone, at most
 * 1.
 * @example
 * ```ts
 * import { holm } from "@vpt/eval/statistics";
 *
 * holm([0.01, 0.04, 0.03]) // [0.03, 0.06, 0.06]
 * ```
 * @see Holm 1979
 * @category paired tests
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => pValues[i]! - pValues[j]!);
  const adjusted = Array.from({ length: pValues.length }, () => 0);
  let running = 0;
  order.forEach((index, rank) => {
    running = Math.max(running, Math.min(1, pValues[index]! * (pValues.length - rank)));
    adjusted[index] = running;
  });
  return adjusted;
}

function differences(where: string, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  checkLength(`${where}: second list`, b.length, a.length);
  return Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!);
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

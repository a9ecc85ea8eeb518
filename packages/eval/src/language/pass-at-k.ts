import { checkInteger } from "../errors.js";

/**
 * Unbiased estimate of pass@k from n samples of one problem, c of them correct: `1 - C(n-c, k) / C(n, k)`,
 * computed as `1 - Π_{i=n-c+1..n} (1 - k/i)`; exactly 1 when fewer than k samples are wrong.
 *
 * @throws {EvalInputError} When k < 1, k > n, or c is not in 0..n. (The bare formula would say 1 for k > n.)
 * @example
 * ```ts
 * import { passAtK } from "@vpt/eval/pass-at-k";
 *
 * passAtK(4, 1, 2) // 0.5
 * ```
 * @see arXiv 2107.03374, equation 1; openai/human-eval, evaluation.py
 * @category metric
 */
export function passAtK(n: number, c: number, k: number): number {
  checkInteger("passAtK: n (samples)", n, 1);
  checkInteger("passAtK: c (correct samples)", c, 0, n);
  checkInteger("passAtK: k", k, 1, n);
  if (n - c < k) return 1;
  let miss = 1;
  for (let i = n - c + 1; i <= n; i++) miss *= 1 - k / i;
  return 1 - miss;
}

/** Samples of one problem, and how many of them are correct. */
export interface SampleCount {
  readonly n: number;
  readonly c: number;
}

/**
 * Mean pass@k over problems; n may differ between them. NaN for no problems.
 * @example
 * ```ts
 * import { meanPassAtK } from "@vpt/eval/pass-at-k";
 *
 * meanPassAtK([{ n: 4, c: 1 }, { n: 4, c: 4 }], 2) // 0.75
 * ```
 * @category metric
 */
export function meanPassAtK(problems: readonly SampleCount[], k: number): number {
  return problems.reduce((sum, { n, c }) => sum + passAtK(n, c, k), 0) / problems.length;
}

/**
 * One value of a pass@k curve. `degenerate`: some problem has exactly k samples, where the estimate is "any correct".
 */
export interface PassAtKPoint {
  readonly k: number;
  readonly value: number;
  readonly degenerate: boolean;
}

/**
 * The curve over several k, as the paper's figure draws it.
 * @example
 * ```ts
 * import { passAtKCurve } from "@vpt/eval/pass-at-k";
 *
 * passAtKCurve([{ n: 16, c: 3 }], [1, 16]);
 * // [{ k: 1, value: 0.1875, degenerate: false }, { k: 16, value: 1, degenerate: true }]
 * ```
 * @category metric
 */
export function passAtKCurve(
  problems: readonly SampleCount[],
  ks: readonly number[] = [1, 2, 4, 8, 16],
): PassAtKPoint[] {
  return ks.map((k) => ({ k, value: meanPassAtK(problems, k), degenerate: problems.some(({ n }) => n === k) }));
}

/**
 * Counts samples by problem. Ids are `<problem>#<sample>`, as `repeatItems` writes them.
 * @example
 * ```ts
 * import { countSamples } from "@vpt/eval/pass-at-k";
 *
 * countSamples([{ id: "7#0", correct: true }, { id: "7#1", correct: false }]) // [{ id: "7", n: 2, c: 1 }]
 * ```
 * @category metric
 */
export function countSamples(
  samples: readonly { readonly id: string; readonly correct: boolean }[],
): (SampleCount & { readonly id: string })[] {
  const counts = new Map<string, { n: number; c: number }>();
  for (const { id, correct } of samples) {
    const problem = id.replace(/#[0-9]+$/, "");
    const count = counts.get(problem) ?? { n: 0, c: 0 };
    counts.set(problem, count);
    count.n++;
    if (correct) count.c++;
  }
  return [...counts].map(([id, count]) => ({ id, ...count }));
}

import { VptError } from "@vpt/contracts";

/** A Monte-Carlo mean beside what it should be. */
export interface EstimatorBias {
  readonly mean: number;
  readonly standardError: number;
  /** `(mean − exact)/standardError`: beyond ±3 the estimator is biased, or very unlucky. */
  readonly deviations: number;
}

/**
 * Measures the bias of an estimator of the value. By lemma 3.3 `E[⟨ĝ_down, ĝ_pre⟩] = V` for batches drawn
 * independently. If both gradients come from one batch, the mean is off by the trace of their covariance. The cosine
 * and the averaged g_down are biased too.
 *
 * @throws {VptError} With fewer than two draws.
 * @example
 * ```ts
 * import { estimatorBias } from "@vpt/core";
 *
 * const { deviations } = estimatorBias([0.9, 1.2, 1.0, 1.1], 1); // 0.77: within ±3
 * ```
 * @see arXiv 2601.22108v1, lemma 3.3, equation 19.
 * @category diagnostics
 */
export function estimatorBias(draws: readonly number[], exact: number): EstimatorBias {
  const n = draws.length;
  if (n < 2) throw new VptError(`estimatorBias: expected two or more draws, received ${n}`);
  const mean = draws.reduce((sum, x) => sum + x, 0) / n;
  const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const standardError = Math.sqrt(variance / n);
  return { mean, standardError, deviations: mean === exact ? 0 : (mean - exact) / standardError };
}

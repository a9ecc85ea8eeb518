/** Shape of a learning-rate schedule; steps are counted from 0. */
export interface WarmupCosineOptions {
  readonly peak: number;
  readonly steps: number;
  readonly warmupSteps?: number;
  /** The last step's rate as a share of the peak. */
  readonly finalShare?: number;
}

/**
 * Linear warm-up to `peak` over `warmupSteps`, then half a cosine down to `finalShare · peak` at the last step.
 *
 * @example
 * ```ts
 * const rate = warmupCosine({ peak: 1e-4, steps: 100, warmupSteps: 5 });
 * console.log(rate(4), rate(99)); // 0.0001 0.00001
 * ```
 */
export const warmupCosine =
  ({ peak, steps, warmupSteps = 0, finalShare = 0.1 }: WarmupCosineOptions) =>
  (step: number): number => {
    if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
    const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - 1 - warmupSteps));
    return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };

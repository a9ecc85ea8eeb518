/** Shape of a learning-rate schedule; steps are counted from 0. */
export interface WarmupCosineOptions {
  readonly peak: number;
  readonly steps: number;
  readonly lrWarmupSteps?: number;
  /** The last step's rate as a share of the peak. */
  readonly finalShare?: number;
}

/**
 * Linear warm-up to `peak` over `lrWarmupSteps`, then half a cosine down to `finalShare · peak` at the last step.
 *
 * @example
 * ```ts
 * import { warmupCosine } from "@vpt/core";
 *
 * const rate = warmupCosine({ peak: 1e-4, steps: 100, lrWarmupSteps: 5 });
 * console.log(rate(4), rate(99)); // 0.0001 0.00001
 * ```
 */
export const warmupCosine =
  ({ peak, steps, lrWarmupSteps = 0, finalShare = 0.1 }: WarmupCosineOptions) =>
  (step: number): number => {
    if (step < lrWarmupSteps) return (peak * (step + 1)) / lrWarmupSteps;
    const progress = Math.min(1, (step - lrWarmupSteps) / Math.max(1, steps - 1 - lrWarmupSteps));
    return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };

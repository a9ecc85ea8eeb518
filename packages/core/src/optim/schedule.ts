/** Shape of a learning-rate schedule; steps are counted from 0. */
export interface WarmupCosineOptions {
  readonly peak: number;
  readonly steps: number;
  readonly lrWarmupSteps?: number;
  /** The rate at the end as a share of the peak; 0 by default. */
  readonly finalShare?: number;
}

/**
 * Linear warm-up to `peak` over `lrWarmupSteps`, then half a cosine down to `finalShare · peak`, which is reached after
 * the last step: that step still moves the learner.
 *
 * @example
 * ```ts
 * import { warmupCosine } from "@vpt/core";
 *
 * const rate = warmupCosine({ peak: 1e-4, steps: 100, lrWarmupSteps: 5 });
 * console.log(rate(4), rate(100)); // 0.0001 0
 * ```
 * @see Hugging Face `get_cosine_schedule_with_warmup`; facebookresearch/dino `cosine_scheduler`.
 */
export const warmupCosine =
  ({ peak, steps, lrWarmupSteps = 0, finalShare = 0 }: WarmupCosineOptions) =>
  (step: number): number => {
    if (step < lrWarmupSteps) return (peak * (step + 1)) / lrWarmupSteps;
    const progress = Math.min(1, (step - lrWarmupSteps) / Math.max(1, steps - lrWarmupSteps));
    return peak * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * progress)));
  };

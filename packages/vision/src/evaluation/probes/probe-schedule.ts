/** Learning rate of update `step` of `steps`. */
export type ProbeSchedule = (step: number) => number;

/**
 * ADE20K's: for the first 1,500 of 40,000 updates `lr·(1 − (1 − s/1500)(1 − 10⁻⁶))·(1 − s/40000)`, then `lr·(1 +
 * cos(π(s+1)/40000))/2`; with other lengths the warm-up keeps its share.
 *
 * @example
 * ```ts
 * import { segmentationSchedule } from "@vpt/vision/evaluation";
 *
 * const rate = segmentationSchedule(1e-3, 40_000)(0);
 * ```
 * @see dinov3 `eval/segmentation/configs/config-ade20k-linear-training.yaml`
 * @category probes
 */
export const segmentationSchedule = (peak: number, steps: number): ProbeSchedule => {
  const warm = Math.round((1500 / 40_000) * steps);
  return (step) =>
    step < warm
      ? peak * (1 - (1 - step / warm) * (1 - 1e-6)) * (1 - step / steps)
      : (peak * (1 + Math.cos((Math.PI * (step + 1)) / steps))) / 2;
};

/**
 * NYUv2's: for the first third `lr/1000 + lr·(1 + cos(πs/S))/2 · s/(S/3)`, then `lr·(1 + cos(π(s+1)/S))/2`.
 *
 * @example
 * ```ts
 * import { depthSchedule } from "@vpt/vision/evaluation";
 *
 * const rate = depthSchedule(3e-4, 38_400)(0);
 * ```
 * @see dinov3 `eval/depth/configs/config-nyu.yaml`
 * @category probes
 */
export const depthSchedule = (peak: number, steps: number): ProbeSchedule => {
  const warm = Math.round(steps / 3);
  return (step) =>
    step < warm
      ? peak / 1000 + (((peak * (1 + Math.cos((Math.PI * step) / steps))) / 2) * step) / warm
      : (peak * (1 + Math.cos((Math.PI * (step + 1)) / steps))) / 2;
};

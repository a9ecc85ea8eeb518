/**
 * The methods a vision run can take; all see the same start, images and crops, but for `oracle`: the baseline on the
 * stream without its watermark. `tilt` is the closed-form mask; `random-…` take a random direction for g_down, or
 * random masks.
 */
export const visionMethods = [
  "baseline",
  "value",
  "tilt",
  "random-direction",
  "random-tilt",
  "random-mask",
  "oracle",
] as const;
/** One of {@link visionMethods}. */
export type VisionMethod = (typeof visionMethods)[number];

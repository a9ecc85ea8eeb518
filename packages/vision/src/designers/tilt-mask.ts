import * as tf from "@tensorflow/tfjs";
import type { Designer } from "@vpt/core";
import type { VisionBatch, VisionView } from "../dino/vision-batch.js";
import { describeMask, maskDefaults } from "./mask-designer.js";

/** The tilted mask's choices. */
export interface TiltMaskOptions {
  /** κ: where the value is asked, and about the mean of the masks. */
  readonly keepRatio?: number;
  /** s: a pixel whose change is one deviation above its crop's mean has its logit raised by this. */
  readonly tiltStrength?: number;
}

/**
 * The closed-form mask `μ = σ(logit κ + s·(c − c̄)/dev c)`, with `c = ∂V/∂μ` at `μ ≡ κ`, mean and deviation over each
 * crop: one step of a mask that is free in every pixel up the value. No network, no training: an upper mark for a
 * designer that has to tell it from the crop alone, and the counterpart of language's `tiltDesigner`.
 *
 * It belongs to the batch that the value was taken on, so give no batch of its own (`meta`), and take a value at every
 * step.
 *
 * @example
 * ```ts
 * import { tiltMaskDesigner } from "@vpt/vision";
 *
 * const designer = tiltMaskDesigner({ keepRatio: 0.5, tiltStrength: 2 }); // init() is {}
 * ```
 * @see `docs/paper-map.md`: not in the paper.
 * @category designers
 */
export const tiltMaskDesigner = ({
  keepRatio = maskDefaults.keepRatio,
  tiltStrength: strength = 1,
}: TiltMaskOptions = {}): Designer<VisionBatch, VisionView> => {
  const start = Math.log(keepRatio / (1 - keepRatio));
  return {
    init: () => ({}),
    baselineTask: () => ({}),
    design: (_, __, { globals_NHWC }) => {
      const [count, height, width] = globals_NHWC.shape;
      return { mask_NHW1: tf.fill([count, height, width, 1], keepRatio) };
    },
    closedFormTask: (cotangent) => ({
      mask_NHW1: tf.tidy(() => {
        const { mean, variance } = tf.moments(cotangent["mask_NHW1"]!, [1, 2, 3], true);
        const standard = tf.divNoNan(tf.sub(cotangent["mask_NHW1"]!, mean), tf.sqrt(variance));
        return tf.sigmoid(tf.add(tf.mul(standard, strength), start));
      }),
    }),
    metrics: (task) => describeMask(task),
  };
};

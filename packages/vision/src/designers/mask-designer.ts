import * as tf from "@tensorflow/tfjs";
import type { Designer, Params } from "@vpt/core";
import type { MaskTask, VisionBatch, VisionView } from "../dino/vision-batch.js";

/** Regularisers of a mask and its initial keep ratio. */
export interface MaskPenalty {
  /** κ: the share of pixels to keep; masks start there. */
  readonly keepRatio?: number;
  /** λ of `(mean μ − κ)²`. */
  readonly keepRatioWeight?: number;
  /** λ of `mean |∂x μ| + mean |∂y μ|`. */
  readonly smoothnessWeight?: number;
}

/** Defaults of {@link MaskPenalty}. */
export const maskDefaults = { keepRatio: 0.6, keepRatioWeight: 0.1, smoothnessWeight: 0.1 } as const;

/** A designer of soft masks from its initial parameters and the logits of its masks; see `unetMaskDesigner`. */
export function maskDesigner(
  parts: {
    init(seed: number): Params;
    logits(params: Params, images_NHWC: tf.Tensor4D): tf.Tensor4D;
  },
  {
    keepRatio = maskDefaults.keepRatio,
    keepRatioWeight = maskDefaults.keepRatioWeight,
    smoothnessWeight = maskDefaults.smoothnessWeight,
  }: MaskPenalty,
): Designer<VisionBatch, VisionView> {
  return {
    init: parts.init,
    design: (params, _, { globals_NHWC, locals_NHWC }) => ({
      mask_NHW1: tf.sigmoid(parts.logits(params, globals_NHWC)),
      ...(locals_NHWC && { localMask_NHW1: tf.sigmoid(parts.logits(params, locals_NHWC)) }),
    }),
    baselineTask: () => ({}),
    penalty: (task) =>
      tf.tidy(() => {
        const { mask_NHW1, localMask_NHW1 } = task as MaskTask;
        const terms = [mask_NHW1!, ...(localMask_NHW1 ? [localMask_NHW1] : [])].map((mask) => {
          const excess = tf.square(tf.sub(tf.mean(mask), keepRatio));
          return tf.add<tf.Scalar>(tf.mul(excess, keepRatioWeight), tf.mul(roughness(mask), smoothnessWeight));
        });
        return tf.div(tf.addN(terms), terms.length) as tf.Scalar;
      }),
    metrics: (task) => describeMask(task),
  };
}

/** Mean and deviation of the masks, for the log. */
export const describeMask = ({ mask_NHW1 }: MaskTask): Record<string, tf.Scalar> => {
  if (!mask_NHW1) return {};
  const mean = tf.mean(mask_NHW1) as tf.Scalar;
  return { mask: mean, maskDeviation: tf.sqrt(tf.mean(tf.square(tf.sub(mask_NHW1, mean)))) as tf.Scalar };
};

/** Mean difference of neighbours, both ways. */
function roughness(mask_NHW1: tf.Tensor4D): tf.Scalar {
  const [count, height, width] = mask_NHW1.shape;
  const part = (top: number, left: number, h: number, w: number): tf.Tensor =>
    tf.slice(mask_NHW1, [0, top, left, 0], [count, h, w, 1]);
  const down = tf.mean(tf.abs(tf.sub(part(1, 0, height - 1, width), part(0, 0, height - 1, width))));
  const across = tf.mean(tf.abs(tf.sub(part(0, 1, height, width - 1), part(0, 0, height, width - 1))));
  return tf.add(down, across) as tf.Scalar;
}

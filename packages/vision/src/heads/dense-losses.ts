import { detached } from "@vpt/autodiff";
import * as tf from "@tensorflow/tfjs";
import { interpolationMatrix, separableResample } from "@vpt/nn";

/** Grows a map to the size of its labels: bilinear, half-pixel centres, no antialiasing. */
export const upsampleTo = (map_BHWK: tf.Tensor4D, [height, width]: readonly [number, number]): tf.Tensor4D => {
  const [, rows, columns] = map_BHWK.shape;
  if (rows === height && columns === width) return map_BHWK;
  return separableResample(
    map_BHWK,
    interpolationMatrix(rows, height, "bilinear"),
    interpolationMatrix(columns, width, "bilinear"),
  );
};

/**
 * Cross-entropy of every pixel whose label is a class, logits grown bilinearly to the labels' size.
 *
 * @param labels_BHW int32; values outside `0 … classes − 1` (255 by custom) do not count.
 * @returns Scalar, owned by the caller; 0 when no pixel counts.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { segmentationLoss } from "@vpt/vision";
 *
 * const map_BHWK = tf.zeros([1, 14, 14, 150]) as tf.Tensor4D;
 * const labels_BHW = tf.zeros([1, 224, 224], "int32") as tf.Tensor3D;
 * segmentationLoss(map_BHWK, labels_BHW).print(); // ln 150 ≈ 5.01
 * ```
 * @see dinov3 `config-ade20k-linear-training.yaml`, whose loss divides by all pixels.
 * @category heads
 */
export const segmentationLoss = (
  map_BHWK: tf.Tensor4D,
  labels_BHW: tf.Tensor3D,
  options: {
    /** Divide by the valid pixels, or by all of them as the reference does. */
    readonly average?: "valid" | "all";
  } = {},
): tf.Scalar =>
  tf.tidy(() => {
    const { average = "valid" } = options;
    const [, height, width] = labels_BHW.shape;
    const classes = map_BHWK.shape[3];
    const logProbs = tf.logSoftmax(tf.reshape(upsampleTo(map_BHWK, [height, width]), [-1, classes]));
    const { truth, count } = detached(() => {
      const flat = tf.reshape(labels_BHW, [-1]) as tf.Tensor1D; // a value that is no class gives a row of zeros
      const truth = tf.cast(tf.oneHot(tf.cast(flat, "int32"), classes), "float32");
      return { truth, count: average === "all" ? tf.scalar(flat.shape[0]) : tf.maximum(tf.sum(truth), 1) };
    });
    return tf.neg(tf.div(tf.sum(tf.mul(truth, logProbs)), count)) as tf.Scalar;
  });

/** Metres from a head's only output: softplus, which is positive. */
export const depthOf = (map_BHW1: tf.Tensor4D): tf.Tensor4D => tf.softplus(map_BHW1);

/**
 * Mean error of the depth where it was measured, prediction grown bilinearly to the truth's size.
 *
 * @param depth_BHW Metres; 0, negative, infinite and NaN values were not measured and do not count.
 * @returns Scalar, owned by the caller; 0 when no pixel counts.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { depthLoss } from "@vpt/vision";
 *
 * const metres_BHW1 = tf.fill([1, 14, 14, 1], 2) as tf.Tensor4D;
 * depthLoss(metres_BHW1, tf.fill([1, 224, 224], 2.5) as tf.Tensor3D, { power: 1 }).print(); // 0.5
 * ```
 * @see arXiv 2601.22108v2, equation 51 and G.3.
 * @category heads
 */
export const depthLoss = (
  prediction_BHW1: tf.Tensor4D,
  depth_BHW: tf.Tensor3D,
  options: {
    /** 1: absolute error (the paper's feedback); 2: squared (its evaluation head). */
    readonly power: 1 | 2;
  },
): tf.Scalar =>
  tf.tidy(() => {
    const { power } = options;
    const [batch, height, width] = depth_BHW.shape;
    const grown = tf.reshape(upsampleTo(prediction_BHW1, [height, width]), [batch, height, width]);
    const { valid, truth, count } = detached(() => {
      const valid = tf.cast(tf.logicalAnd(tf.greater(depth_BHW, 0), tf.less(depth_BHW, 1e4)), "float32");
      const truth = tf.where(tf.greater(valid, 0), depth_BHW, tf.zerosLike(depth_BHW));
      return { valid, truth, count: tf.maximum(tf.sum(valid), 1) };
    });
    const error = tf.mul(tf.sub(grown, truth), valid);
    return tf.div(tf.sum(power === 1 ? tf.abs(error) : tf.square(error)), count) as tf.Scalar;
  });

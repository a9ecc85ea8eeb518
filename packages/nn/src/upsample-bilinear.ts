import * as tf from "@tensorflow/tfjs";
import { interpolationMatrix } from "./interpolation-matrix.js";
import { separableResample } from "./separable-resample.js";

/**
 * Bilinear resizing of maps that grow; half-pixel centres, edges clamped. The same as `resample` with two bilinear
 * matrices, in one kernel; its gradient is those matrices' transposes, since tfjs's own does not know half-pixel
 * centres.
 *
 * @param x_BHWC `[B, H, W, C]`
 * @returns `[B, height, width, C]`, owned by the caller.
 * @example
 * ```ts
 * const doubled = grow(tf.ones([1, 4, 4, 3]) as tf.Tensor4D, [8, 8]); // [1, 8, 8, 3]
 * ```
 * @see PyTorch `interpolate(mode="bilinear", align_corners=False)`.
 * @category images
 */
export const upsampleBilinear = (x_BHWC: tf.Tensor4D, [height, width]: readonly [number, number]): tf.Tensor4D => {
  const [, rows, columns] = x_BHWC.shape;
  return tf.customGrad(() => ({
    value: tf.image.resizeBilinear(x_BHWC, [height, width], false, true),
    gradFunc: (dy: tf.Tensor) =>
      separableResample(
        dy as tf.Tensor4D,
        tf.transpose(interpolationMatrix(rows, height, "bilinear")),
        tf.transpose(interpolationMatrix(columns, width, "bilinear")),
      ),
  }))(x_BHWC) as tf.Tensor4D;
};

import * as tf from "@tensorflow/tfjs";
import type { DepthBins } from "./depth-bins.js";

/**
 * Computes the scale-invariant log loss over measured pixels: `√(0.15·mean(g)² + var(g))` with `g = ln(p + 0.001) −
 * ln(t + 0.001)` and the unbiased variance. With `variance: false` the variance is left out, as in the first updates. A
 * truth outside `(minDepth, maxDepth)`, or NaN, was not measured and does not count.
 *
 * @returns Scalar, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { siLogLoss } from "@vpt/vision/evaluation";
 *
 * const metres_BHW = tf.fill([1, 14, 14], 2) as tf.Tensor3D;
 * siLogLoss(metres_BHW, metres_BHW, { minDepth: 0.001, maxDepth: 10, variance: true }).print(); // 1e-6, nearly 0
 * ```
 * @see dinov3 `eval/depth/loss.py`
 * @category probes
 */
export const siLogLoss = (
  prediction_BHW: tf.Tensor3D,
  truth_BHW: tf.Tensor3D,
  { minDepth, maxDepth, variance }: Pick<DepthBins, "minDepth" | "maxDepth"> & { readonly variance: boolean },
): tf.Scalar =>
  tf.tidy(() => {
    const valid = tf.logicalAnd(tf.greater(truth_BHW, minDepth), tf.less(truth_BHW, maxDepth));
    const weight = tf.cast(valid, "float32");
    const count = tf.sum(weight);
    const truth = tf.where(valid, truth_BHW, tf.onesLike(truth_BHW)); // NaN times 0 is NaN
    const error = tf.mul(tf.sub(tf.log(tf.add(prediction_BHW, 0.001)), tf.log(tf.add(truth, 0.001))), weight);
    const mean = tf.div(tf.sum(error), tf.maximum(count, 1));
    const squares = tf.sum(tf.square(tf.mul(tf.sub(error, mean), weight)));
    const bias = tf.mul(tf.square(mean), 0.15);
    const total = variance ? tf.add(bias, tf.div(squares, tf.maximum(tf.sub(count, 1), 1))) : bias;
    return tf.sqrt(tf.maximum(total, 1e-12)) as tf.Scalar;
  });

import * as tf from "@tensorflow/tfjs";
import type { DepthBins } from "./depth-bins.js";

/**
 * Scale-invariant log loss over measured pixels: `√(0.15·mean(g)² + var(g))`, `g = ln(p + 0.001) − ln(t + 0.001)`,
 * unbiased variance. A depth outside `(minDepth, maxDepth)`, NaN among them, was not measured.
 *
 * @param options.variance False leaves the variance out, as the first updates do.
 * @returns Scalar, owned by the caller.
 * @example
 * ```ts
 * import { siLogLoss } from "@vpt/vision/evaluation";
 *
 * const loss = siLogLoss(prediction_BHW, depth_BHW, { minDepth: 0.001, maxDepth: 10, variance: true });
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

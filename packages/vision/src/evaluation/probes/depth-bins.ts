import * as tf from "@tensorflow/tfjs";

/** Range of depths in metres and how finely it is divided. */
export interface DepthBins {
  readonly minDepth: number;
  readonly maxDepth: number;
  readonly bins: number;
}

/**
 * Metres from one score a bin: `w_k = (relu(x_k) + 0.1) / Σ_j (relu(x_j) + 0.1)`, depth `Σ_k w_k b_k`, b evenly spaced
 * from `minDepth` to
 * `maxDepth`.
 *
 * @returns `[B, h, w, 1]`, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { depthOfBins } from "@vpt/vision/evaluation";
 *
 * const map_BHWK = tf.zeros([1, 14, 14, 256]) as tf.Tensor4D;
 * const metres_BHW1 = depthOfBins(map_BHWK, { minDepth: 0.001, maxDepth: 10, bins: 256 }); // 5.0005 everywhere
 * ```
 * @see dinov3 `eval/depth/models/linear_head.py`
 * @category probes
 */
export const depthOfBins = (map_BHWK: tf.Tensor4D, { minDepth, maxDepth, bins }: DepthBins): tf.Tensor4D =>
  tf.tidy(() => {
    const scores = tf.add(tf.relu(map_BHWK), 0.1);
    const centres = tf.linspace(minDepth, maxDepth, bins);
    return tf.div(tf.sum(tf.mul(scores, centres), 3, true), tf.sum(scores, 3, true)) as tf.Tensor4D;
  });

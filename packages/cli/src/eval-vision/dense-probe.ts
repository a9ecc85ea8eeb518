import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { interpolationMatrix, resample } from "@vpt/nn";
import { convHead, linearHead, segmentationLoss, type DenseEvaluator, type DenseHead } from "@vpt/vision";

/** A head on frozen patch features with the loss that a protocol trains it by. */
export interface DenseProbe {
  init(seed: number): Params;
  /** The loss of one update, in the shape that `headStep` takes. */
  evaluatorAt(step: number): Pick<DenseEvaluator, "init" | "loss" | "predict">;
  /** `[B, h, w, classes]` logits or `[B, h, w, 1]` metres, at the head's own resolution; owned by the caller. */
  map(params: Params, features_BHWD: tf.Tensor4D): tf.Tensor4D;
}

/** Which head: linear with batch norm, or the small convolutional decoder. */
export type ProbeHead = "linear" | "conv";

const name = "probe";
const headOf = (kind: ProbeHead, width: number, outputs: number): DenseHead =>
  kind === "linear" ? linearHead({ width, outputs }) : convHead({ width, outputs });

/** `headStep` asks only for the loss. */
const evaluator = (
  init: DenseEvaluator["init"],
  loss: DenseEvaluator["loss"],
): ReturnType<DenseProbe["evaluatorAt"]> => ({ init, loss, predict: () => ({}) });

/**
 * The head of ADE20K's protocol: cross-entropy at the labels' size, divided by all pixels, also those that do not count.
 * @see dinov3 `eval/segmentation/configs/config-ade20k-linear-training.yaml`
 */
export function segmentationProbe({
  width,
  classes,
  head,
}: {
  readonly width: number;
  readonly classes: number;
  readonly head: ProbeHead;
}): DenseProbe {
  // prettier-ignore
  const part = headOf(head, width, classes);
  const init = (seed: number): Params => part.init(name, seed);
  const only = evaluator(init, (params, features, { labels_BHW }, options) => {
    const { map_BHWK, statistics } = part.apply(params, name, features, options);
    return { loss: segmentationLoss(map_BHWK, labels_BHW!, { average: "all" }), statistics };
  });
  return { init, evaluatorAt: () => only, map: (params, features) => tf.tidy(() => part.apply(params, name, features).map_BHWK) }; // prettier-ignore
}

/** Range of depths in metres and how finely it is divided. */
export interface DepthBins {
  readonly minDepth: number;
  readonly maxDepth: number;
  readonly bins: number;
}

/**
 * Metres from one score a bin: `w_k = (relu(x_k) + 0.1) / Σ_j (relu(x_j) + 0.1)`, depth `Σ_k w_k b_k`, b evenly spaced from `minDepth` to
 * `maxDepth`.
 * @see dinov3 `eval/depth/models/linear_head.py`
 */
export const depthOfBins = (map_BHWK: tf.Tensor4D, { minDepth, maxDepth, bins }: DepthBins): tf.Tensor4D =>
  tf.tidy(() => {
    const scores = tf.add(tf.relu(map_BHWK), 0.1);
    const centres = tf.linspace(minDepth, maxDepth, bins);
    return tf.div(tf.sum(tf.mul(scores, centres), 3, true), tf.sum(scores, 3, true)) as tf.Tensor4D;
  });

/**
 * Scale-invariant log loss over measured pixels: `√(0.15·mean(g)² + var(g))`, `g = ln(p + 0.001) − ln(t + 0.001)`, unbiased variance.
 * @param options.variance False leaves the variance out, as the first updates do.
 * @see dinov3 `eval/depth/loss.py`
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

/** The head of NYUv2's protocol: 256 bins, scale-invariant log loss at the truth's size, without its variance for 100 updates. */
export function depthProbe({
  width,
  head,
  ...bins
}: { readonly width: number; readonly head: ProbeHead } & DepthBins): DenseProbe {
  // prettier-ignore
  const part = headOf(head, width, bins.bins);
  const init = (seed: number): Params => part.init(name, seed);
  const lossWith = (variance: boolean) =>
    evaluator(init, (params, features, { depth_BHW }, options) => {
      const { map_BHWK, statistics } = part.apply(params, name, features, options);
      const depth = growMap(depthOfBins(map_BHWK, bins), depth_BHW!.shape[1], depth_BHW!.shape[2]);
      return { loss: siLogLoss(tf.squeeze(depth, [3]), depth_BHW!, { ...bins, variance }), statistics };
    });
  const [first, later] = [lossWith(false), lossWith(true)];
  return {
    init,
    evaluatorAt: (step) => (step < 100 ? first : later),
    map: (params, features) => tf.tidy(() => depthOfBins(part.apply(params, name, features).map_BHWK, bins)),
  };
}

/** Bilinear, half-pixel centres, no antialiasing. */
export const growMap = (map_BHWK: tf.Tensor4D, height: number, width: number): tf.Tensor4D =>
  resample(
    map_BHWK,
    interpolationMatrix(map_BHWK.shape[1], height, "bilinear"),
    interpolationMatrix(map_BHWK.shape[2], width, "bilinear"),
  );

import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, type Params } from "@vpt/core";
import { conv2d, interpolationMatrix, linear, separableResample } from "@vpt/nn";
import { linearOf, parameter } from "../parameter.js";
import { batchNorm, initBatchNorm } from "./batch-norm.js";

/** A map from frozen patch features, with the batch norms' next running statistics when it trains. */
export interface HeadOutput {
  /** `[B, h, w, outputs]` at the features' resolution, or twice that (conv decoder). */
  readonly map_BHWK: tf.Tensor4D;
  readonly statistics: Params;
}

/** A small head on frozen features; a pure function of parameters that live under `name.`. */
export interface DenseHead {
  init(name: string, seed: number): Params;
  apply(
    params: Params,
    name: string,
    features_BHWD: tf.Tensor4D,
    options?: { readonly training?: boolean },
  ): HeadOutput;
}

const normal = (shape: readonly [number, ...number[]], deviation: number, seed: number, name: string): tf.Tensor => {
  const random = randomFromSeed(seed, name);
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => deviation * random.normal()),
    [...shape],
  );
};

/**
 * The default head of the protocols: batch norm over the channels, then a 1×1 convolution, weights from `N(0, 0.01²)`,
 * bias 0.
 *
 * @example
 * ```ts
 * import { linearHead, vitFeatures } from "@vpt/vision";
 *
 * const decoder = linearHead({ width: vit.config.hiddenSize, outputs: 150 });
 * const params = decoder.init("segmentation", 0);
 * const { patches_BHWD } = vitFeatures(vit.config, vit.params, images_BHWC);
 * const { map_BHWK } = decoder.apply(params, "segmentation", patches_BHWD);
 * ```
 * @see dinov3 `eval/segmentation/models/heads/linear_head.py`. Differs: no channel dropout.
 * @category heads
 */
export const linearHead = ({ width, outputs }: { readonly width: number; readonly outputs: number }): DenseHead => ({
  init: (name, seed) => ({
    ...initBatchNorm(`${name}.norm`, width),
    [`${name}.conv.weight`]: normal([outputs, width], 0.01, seed, name),
    [`${name}.conv.bias`]: tf.zeros([outputs]),
  }),
  apply: (params, name, features_BHWD, { training = false } = {}) => {
    const [batch, rows, columns, channels] = features_BHWD.shape;
    const { y, statistics } = batchNorm(params, `${name}.norm`, features_BHWD, training);
    const flat = tf.reshape(y, [batch * rows * columns, channels]) as tf.Tensor2D;
    return {
      map_BHWK: tf.reshape(linear(flat, linearOf(params, `${name}.conv`)), [batch, rows, columns, outputs]),
      statistics,
    };
  },
});

/**
 * A small convolutional decoder: twice 3×3 convolution, batch norm and ReLU, bilinear ×2, 1×1 convolution.
 *
 * @example
 * ```ts
 * import { convHead } from "@vpt/vision";
 *
 * const decoder = convHead({ width: 384, outputs: 1 });
 * ```
 * @see `docs/paper-map.md`: the paper names such a head, its structure is ours.
 * @category heads
 */
export const convHead = ({
  width,
  outputs,
  hidden = 256,
}: {
  readonly width: number;
  readonly outputs: number;
  readonly hidden?: number;
}): DenseHead => ({
  init: (name, seed) => ({
    [`${name}.conv1.weight`]: normal([hidden, width, 3, 3], Math.sqrt(2 / (9 * width)), seed, `${name}.conv1`),
    ...initBatchNorm(`${name}.norm1`, hidden),
    [`${name}.conv2.weight`]: normal([hidden, hidden, 3, 3], Math.sqrt(2 / (9 * hidden)), seed, `${name}.conv2`),
    ...initBatchNorm(`${name}.norm2`, hidden),
    [`${name}.conv.weight`]: normal([outputs, hidden], 0.01, seed, `${name}.conv`),
    [`${name}.conv.bias`]: tf.zeros([outputs]),
  }),
  apply: (params, name, features_BHWD, { training = false } = {}) => {
    let x = features_BHWD;
    let statistics: Params = {};
    for (const i of [1, 2]) {
      const weight = parameter<tf.Tensor4D>(params, `${name}.conv${i}.weight`);
      const normed = batchNorm(params, `${name}.norm${i}`, conv2d(x, { weight }, { border: "zero" }), training);
      statistics = { ...statistics, ...normed.statistics };
      x = tf.relu(normed.y);
    }
    const [batch, rows, columns] = x.shape;
    const grown = separableResample(
      x,
      interpolationMatrix(rows, 2 * rows, "bilinear"),
      interpolationMatrix(columns, 2 * columns, "bilinear"),
    );
    const flat = tf.reshape(grown, [batch * rows * columns * 4, hidden]) as tf.Tensor2D;
    const map = linear(flat, linearOf(params, `${name}.conv`));
    return { map_BHWK: tf.reshape(map, [batch, 2 * rows, 2 * columns, outputs]), statistics };
  },
});

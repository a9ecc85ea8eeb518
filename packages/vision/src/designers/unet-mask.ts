import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, type Designer, type Params } from "@vpt/core";
import { conv2d, groupNorm, upsampleBilinear, silu } from "@vpt/nn";
import type { VisionBatch, VisionView } from "../dino/vision-batch.js";
import { normOf, parameter } from "../parameter.js";
import { maskDefaults, maskDesigner, type MaskPenalty } from "./mask-designer.js";

/** Size of the U-Net and its brakes. */
export interface UnetMaskOptions extends MaskPenalty {
  /** Channels of the first level; each level below has twice as many. */
  readonly baseChannels?: number;
  /** Levels. */
  readonly depth?: number;
}

/**
 * The paper's U-Net designer: 16 → 32 → 64 channels, two 3×3 convolutions with group norm and SiLU a level, stride 2
 * down, bilinear up with skips, a 1×1 convolution, sigmoid. Borders are reflected; there is no batch norm, whose
 * statistics would couple images.
 *
 * Masks start at `keepRatio` everywhere. `baselineTask` is the crops as they are.
 *
 * @example
 * ```ts
 * import { unetMaskDesigner } from "@vpt/vision";
 *
 * const designer = unetMaskDesigner({ keepRatio: 0.6 });
 * const designerParams = designer.init(0);
 * ```
 * @see arXiv 2601.22108v2, G.1 and equation 49; the paper gives base 16 and depth 3, the rest is ours.
 * @category designers
 */
export const unetMaskDesigner = ({ baseChannels: base = 16, depth = 3, ...penalty }: UnetMaskOptions = {}): Designer<
  VisionBatch,
  VisionView
> =>
  maskDesigner(
    {
      init: (seed) => initUnet(base, depth, penalty.keepRatio ?? maskDefaults.keepRatio, seed),
      logits: (params, images) => unet(params, images, depth),
    },
    penalty,
  );

/** Two convolutions, each with its norm and SiLU. */
const stage = (params: Params, name: string, x_BHWC: tf.Tensor4D, stride: number): tf.Tensor4D => {
  let x = x_BHWC;
  for (const [i, step] of [stride, 1].entries()) {
    const convolved = conv2d(x, convOf(params, `${name}.conv${i + 1}`), { stride: step });
    const channels = convolved.shape[3];
    x = silu(groupNorm(convolved, { ...normOf(params, `${name}.norm${i + 1}`), groups: Math.min(8, channels) }));
  }
  return x;
};

const convOf = (params: Params, name: string) => ({
  weight: parameter<tf.Tensor4D>(params, `${name}.weight`),
  bias: parameter<tf.Tensor1D>(params, `${name}.bias`),
});

const unet = (params: Params, images_NHWC: tf.Tensor4D, depth: number): tf.Tensor4D =>
  tf.tidy(() => {
    const skips: tf.Tensor4D[] = [];
    let x = images_NHWC;
    for (let level = 0; level < depth; level++)
      skips.push((x = stage(params, `down.${level}`, x, level === 0 ? 1 : 2)));
    for (let level = depth - 2; level >= 0; level--) {
      const skip = skips[level]!;
      const [, height, width] = skip.shape;
      x = stage(params, `up.${level}`, tf.concat([upsampleBilinear(x, [height, width]), skip], 3), 1);
    }
    return conv2d(x, convOf(params, "mask"));
  });

function initUnet(base: number, depth: number, keepRatio: number, seed: number): Params {
  const params: Record<string, tf.Tensor> = {};
  const conv = (name: string, out: number, inner: number, side: number, deviation: number): void => {
    const random = randomFromSeed(seed, `designer.${name}`);
    const values = Float32Array.from({ length: out * inner * side * side }, () => deviation * random.normal());
    params[`${name}.weight`] = tf.tensor4d(values, [out, inner, side, side]);
    params[`${name}.bias`] = tf.zeros([out]);
  };
  const addStage = (name: string, inner: number, out: number): void => {
    for (const [i, from] of [inner, out].entries()) {
      conv(`${name}.conv${i + 1}`, out, from, 3, Math.sqrt(2 / (9 * from)));
      params[`${name}.norm${i + 1}.weight`] = tf.ones([out]);
      params[`${name}.norm${i + 1}.bias`] = tf.zeros([out]);
    }
  };
  const width = (level: number): number => base * 2 ** level;
  for (let level = 0; level < depth; level++)
    addStage(`down.${level}`, level === 0 ? 3 : width(level - 1), width(level));
  for (let level = depth - 2; level >= 0; level--)
    addStage(`up.${level}`, width(level) + width(level + 1), width(level));
  conv("mask", 1, base, 1, 0.02);
  tf.dispose(params["mask.bias"]);
  params["mask.bias"] = tf.tensor1d([Math.log(keepRatio / (1 - keepRatio))]);
  return params;
}

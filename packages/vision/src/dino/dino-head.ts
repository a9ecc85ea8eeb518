import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { gelu, linear } from "@vpt/nn";
import { linearOf, parameter } from "../parameter.js";
import { truncatedNormal } from "../truncated-normal.js";

/** Sizes of the projection head; the defaults are DINO's with the paper's 8,192 outputs. */
export interface DinoHeadOptions {
  /** Width of the class token. */
  readonly inputSize: number;
  readonly hiddenSize?: number;
  readonly bottleneckSize?: number;
  readonly outputSize?: number;
}

/**
 * A fresh head: weights from a truncated normal of deviation 0.02, biases 0.
 *
 * @returns Tensors under `head.`, owned by the caller.
 * @example
 * ```ts
 * import { initDinoHead } from "@vpt/vision";
 *
 * const student = { ...vit.params, ...initDinoHead({ inputSize: vit.config.hiddenSize }, 0) };
 * ```
 * @see facebookresearch/dino `vision_transformer.py`, `DINOHead`.
 * @category DINO
 */
export function initDinoHead(
  { inputSize, hiddenSize = 2048, bottleneckSize = 256, outputSize = 8192 }: DinoHeadOptions,
  seed: number,
): Params {
  const shapes = { 0: [hiddenSize, inputSize], 2: [hiddenSize, hiddenSize], 4: [bottleneckSize, hiddenSize] };
  const layers = Object.entries(shapes).flatMap(([layer, [out, inner]]) => {
    const name = `head.mlp.${layer}`;
    return [
      [`${name}.weight`, truncatedNormal([out!, inner!], 0.02, seed, name)],
      [`${name}.bias`, tf.zeros([out!])],
    ] as const;
  });
  const last = "head.last_layer.weight_v";
  return { ...Object.fromEntries(layers), [last]: truncatedNormal([outputSize, bottleneckSize], 0.02, seed, last) };
}

/**
 * Projection head of DINO: three linear layers with GELU between them, unit length, then a last layer whose rows have
 * unit length too (weight norm with its gain fixed at 1): cosines of the image with `outputSize` prototypes.
 *
 * @param features_ND Class tokens.
 * @returns `logits_NK` before any temperature, owned by the caller.
 * @example
 * ```ts
 * import { dinoHead, initDinoHead, vitFeatures } from "@vpt/vision";
 *
 * const { cls_BD } = vitFeatures(vit.config, vit.params, images_BHWC);
 * const logits_NK = dinoHead(initDinoHead({ inputSize: vit.config.hiddenSize }, 0), cls_BD);
 * ```
 * @see facebookresearch/dino `DINOHead`, `norm_last_layer=True`.
 * @category DINO
 */
export const dinoHead = (params: Params, features_ND: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => {
    let x = features_ND;
    for (const layer of ["0", "2", "4"]) {
      x = linear(x, linearOf(params, `head.mlp.${layer}`));
      if (layer !== "4") x = gelu(x);
    }
    return tf.matMul(unitRows(x), unitRows(parameter<tf.Tensor2D>(params, "head.last_layer.weight_v")), false, true);
  });

/** Rows at unit length; a row of zeros stays zero. */
const unitRows = (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, tf.rsqrt(tf.add(tf.sum(tf.square(x), 1, true), 1e-24)));

import * as tf from "@tensorflow/tfjs";
import type { Designer, Params } from "@vpt/core";
import { interpolationMatrix, linear, separableResample } from "@vpt/nn";
import type { VisionBatch, VisionView } from "../dino/vision-batch.js";
import { dinov3Config, gridOf, initViT, splitTokens, vitTokens, type ViTConfig } from "../model/index.js";
import { linearOf } from "../parameter.js";
import { truncatedNormal } from "../truncated-normal.js";
import { maskDefaults, maskDesigner, type MaskPenalty } from "./mask-designer.js";

/** Size of the transformer and its brakes. */
export interface SitMaskOptions extends MaskPenalty {
  readonly patchSize?: number;
  readonly width?: number;
  readonly layers?: number;
  readonly heads?: number;
  /** A logit a pixel, or one a patch grown bilinearly. */
  readonly maskResolution?: "pixel" | "patch";
}

/**
 * The transformer designer: patches of 16, width 192, 4 blocks, 3 heads, then one logit a pixel or a patch, sigmoid.
 * Masks start near `keepRatio`.
 *
 * @example
 * ```ts
 * import { sitMaskDesigner } from "@vpt/vision";
 *
 * const designer = sitMaskDesigner({ patchSize: 4, width: 48, layers: 2 });
 * ```
 * @see arXiv 2601.22108v2, G.1 (SiT). Sizes and positions are ours: rotary ones, as in the learner.
 * @category designers
 */
export function sitMaskDesigner({
  patchSize = 16,
  width = 192,
  layers = 4,
  heads = 3,
  maskResolution: detail = "pixel",
  ...penalty
}: SitMaskOptions = {}): Designer<VisionBatch, VisionView> {
  const config: ViTConfig = dinov3Config({ hiddenSize: width, layers, heads, patchSize, registers: 0 });
  const { keepRatio = maskDefaults.keepRatio } = penalty;
  const outputs = detail === "pixel" ? patchSize * patchSize : 1;
  return maskDesigner(
    {
      init: (seed) => ({
        ...initViT(config, seed),
        "mask.weight": truncatedNormal([outputs, width], 0.02, seed, "designer.mask"),
        "mask.bias": tf.fill([outputs], Math.log(keepRatio / (1 - keepRatio))),
      }),
      logits: (params, images_NHWC) => tf.tidy(() => patchLogits(config, params, images_NHWC, detail)),
    },
    penalty,
  );
}

function patchLogits(
  config: ViTConfig,
  params: Params,
  images_NHWC: tf.Tensor4D,
  detail: "pixel" | "patch",
): tf.Tensor4D {
  const [count, height, width] = images_NHWC.shape;
  const [rows, columns] = gridOf(config, images_NHWC);
  const { patches_BHWD } = splitTokens(config, vitTokens(config, params, images_NHWC), [rows, columns]);
  const tokens = tf.reshape(patches_BHWD, [count * rows * columns, config.hiddenSize]) as tf.Tensor2D;
  const logits = linear(tokens, linearOf(params, "mask"));
  if (detail === "patch")
    return separableResample(
      tf.reshape(logits, [count, rows, columns, 1]),
      interpolationMatrix(rows, height, "bilinear"),
      interpolationMatrix(columns, width, "bilinear"),
    );
  const p = config.patchSize;
  const bands = tf.transpose(tf.reshape(logits, [count * rows, columns, p, p]), [0, 2, 1, 3]);
  return tf.reshape(bands, [count, height, width, 1]);
}

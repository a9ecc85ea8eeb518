import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";
import { truncatedNormal } from "../truncated-normal.js";
import type { ViTConfig } from "./vit-config.js";
import { vitShapes } from "./vit-shapes.js";

/**
 * Fresh parameters: weights and tokens from a normal of deviation `initializerRange` cut at two deviations, norms 1,
 * biases 0, LayerScale at its start. The same seed gives the same bits on every backend.
 *
 * @returns One tensor a name of `vitShapes`, owned by the caller.
 * @example
 * ```ts
 * import { dinov3Config, initViT } from "@vpt/vision";
 *
 * const params = initViT(dinov3Config("small"), 0);
 * ```
 * @see Hugging Face `DINOv3ViTPreTrainedModel._init_weights`.
 * @category model
 */
export function initViT(config: ViTConfig, seed: number): Params {
  const fresh = (name: string, shape: readonly number[]): tf.Tensor => {
    if (name.endsWith("lambda1")) return tf.fill([...shape], config.layerScale);
    if (name.endsWith(".bias")) return tf.zeros([...shape]);
    if (/norm\d?\.weight$/.test(name)) return tf.ones([...shape]);
    return truncatedNormal(shape, config.initializerRange, seed, name);
  };
  return Object.fromEntries(Object.entries(vitShapes(config)).map(([name, shape]) => [name, fresh(name, shape)]));
}

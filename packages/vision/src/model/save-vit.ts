import { VptError, type Params } from "@vpt/core";
import { writeCheckpoint } from "@vpt/weights";
import type { ViT } from "./load-vit.js";
import type { ViTConfig } from "./vit-config.js";
import { checkViTParams, vitShapes } from "./vit-shapes.js";

/** Options of {@link saveViT}. */
export interface SaveViTOptions {
  /** `bf16` halves the file and rounds. Default `f32`. */
  readonly dtype?: "f32" | "bf16";
  /** Replace a checkpoint that is there. Default: that is an error. */
  readonly replace?: boolean;
}

/**
 * Writes a DINOv3 or DINOv2 backbone in Hugging Face's layout: `config.json` and `model.safetensors` with the names of
 * the published files. `loadViT` reads it back. Atomic: all of it or nothing. Parameters that are no part of the
 * backbone, such as a projection head's, are left out.
 *
 * @param vit Left alone.
 * @throws {VptError} When the parameters are not the config's, `config.json` cannot describe them, or something is at
 *   `folder` already.
 * @example
 * ```ts
 * import { saveViT } from "@vpt/vision";
 *
 * await saveViT("models/student", vit, { dtype: "bf16" });
 * ```
 * @see Hugging Face `configuration_dinov3_vit.py`, `configuration_dinov2.py`.
 * @category model
 */
export async function saveViT(folder: string, { config, params }: ViT, options: SaveViTOptions = {}): Promise<void> {
  checkViTParams(config, params);
  const own: Params = Object.fromEntries(Object.keys(vitShapes(config)).map((name) => [name, params[name]!]));
  await writeCheckpoint(folder, { config: vitConfigJson(config), params: own, tokenizer: null, ...options });
}

/** The `config.json` that `parseViTConfig` reads back as `config`. */
function vitConfigJson(config: ViTConfig): Record<string, unknown> {
  const shared = {
    model_type: config.modelType,
    hidden_act: config.gated ? "silu" : "gelu",
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_channels: 3,
    patch_size: config.patchSize,
    image_size: config.imageSize,
    layer_norm_eps: config.normEpsilon,
    layerscale_value: config.layerScale,
    initializer_range: config.initializerRange,
    dtype: "float32",
  };
  return { ...shared, ...(config.modelType === "dinov2" ? dinov2Json(config) : dinov3Json(config)) };
}

function dinov2Json({ hiddenSize, intermediateSize, bias }: ViTConfig): Record<string, unknown> {
  const ratio = intermediateSize / hiddenSize;
  if (!Number.isInteger(ratio))
    throw new VptError(`saveViT: DINOv2 stores intermediateSize as a multiple of hiddenSize, received ${ratio}`);
  return {
    architectures: ["Dinov2Model"],
    mlp_ratio: ratio,
    qkv_bias: bias.query,
    use_swiglu_ffn: false,
    use_mask_token: false, // DINO trains no mask token: the file holds none
  };
}

function dinov3Json({ intermediateSize, registers, ropeTheta, rope, bias, gated }: ViTConfig): Record<string, unknown> {
  return {
    architectures: ["DINOv3ViTModel"],
    intermediate_size: intermediateSize,
    num_register_tokens: registers,
    rope_theta: ropeTheta,
    pos_embed_shift: rope.shift,
    pos_embed_jitter: rope.jitter,
    pos_embed_rescale: rope.rescale,
    query_bias: bias.query,
    key_bias: bias.key,
    value_bias: bias.value,
    proj_bias: bias.output,
    mlp_bias: bias.mlp,
    use_gated_mlp: gated,
  };
}

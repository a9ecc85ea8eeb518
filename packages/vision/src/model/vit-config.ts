import { VptError } from "@vpt/core";

/** The fields of a `config.json` that a forward pass of a ViT reads. */
export interface ViTConfig {
  readonly modelType: "dinov3_vit" | "dinov2";
  readonly hiddenSize: number;
  /** Width inside the feed-forward layer. */
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly patchSize: number;
  /** Side of the pretraining image: the grid of DINOv2's learned positions. */
  readonly imageSize: number;
  readonly registers: number;
  readonly normEpsilon: number;
  /** Where LayerScale starts in a fresh model. */
  readonly layerScale: number;
  readonly initializerRange: number;
  /** Gated feed-forward layer with SiLU (S+, H+, 7B) instead of GELU. */
  readonly gated: boolean;
  /** Base of the rotary angles, DINOv3. */
  readonly ropeTheta: number;
  /** Largest train-time shift, per-axis stretch and common stretch of patch coordinates, DINOv3; null is none. */
  readonly rope: { readonly shift: number | null; readonly jitter: number | null; readonly rescale: number | null };
  /** The projections that have a bias. */
  readonly bias: {
    readonly query: boolean;
    readonly key: boolean;
    readonly value: boolean;
    readonly output: boolean;
    readonly mlp: boolean;
  };
}

const presets = { small: [384, 12, 6], base: [768, 12, 12], large: [1024, 24, 16] } as const;

/**
 * Configuration of a DINOv3 ViT of a published size, or a tiny one of your own.
 *
 * @example
 * ```ts
 * import { dinov3Config } from "@vpt/vision";
 *
 * const config = dinov3Config("small"); // ViT-S/16: 21.6 M parameters
 * const tiny = dinov3Config({ hiddenSize: 64, layers: 4, heads: 2, patchSize: 4, imageSize: 32 });
 * ```
 * @see Hugging Face `DINOv3ViTConfig`; dinov3 `hub/backbones.py`.
 * @category model
 */
export function dinov3Config(
  size: keyof typeof presets | (Partial<ViTConfig> & Pick<ViTConfig, "hiddenSize" | "layers" | "heads">),
): ViTConfig {
  const given =
    typeof size === "string"
      ? { hiddenSize: presets[size][0], layers: presets[size][1], heads: presets[size][2] }
      : size;
  return {
    modelType: "dinov3_vit",
    intermediateSize: 4 * given.hiddenSize,
    patchSize: 16,
    imageSize: 224,
    registers: 4,
    normEpsilon: 1e-5,
    layerScale: 1,
    initializerRange: 0.02,
    gated: false,
    ropeTheta: 100,
    rope: { shift: null, jitter: null, rescale: 2 },
    bias: { query: true, key: false, value: true, output: true, mlp: true },
    ...given,
  };
}

/**
 * Reads a Hugging Face `config.json` of `dinov3_vit` or `dinov2`.
 *
 * @throws {VptError} For another model type, or sizes that are missing or do not fit.
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { parseViTConfig } from "@vpt/vision";
 *
 * const config = parseViTConfig(JSON.parse(readFileSync("models/dinov3/config.json", "utf8")));
 * ```
 * @see Hugging Face `configuration_dinov3_vit.py`, `configuration_dinov2.py`.
 * @category model
 */
export function parseViTConfig(json: Readonly<Record<string, unknown>>): ViTConfig {
  const modelType = json["model_type"];
  if (modelType !== "dinov3_vit" && modelType !== "dinov2")
    throw new VptError(
      `config.json: model_type is ${JSON.stringify(modelType)}; expected "dinov3_vit" or "dinov2". ` +
        "Give the folder of such a ViT.",
    );
  const integer = (key: string, fallback?: number): number => {
    const value = json[key] ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw new VptError(`config.json: "${key}" must be a whole number, received ${JSON.stringify(value) ?? "nothing"}`);
  };
  const flag = (key: string, fallback: boolean): boolean => (json[key] as boolean | undefined) ?? fallback;
  const number = (key: string, fallback: number): number => (json[key] as number | undefined) ?? fallback;
  const optional = (key: string): number | null => (json[key] as number | null | undefined) ?? null;
  if (flag("use_swiglu_ffn", false))
    throw new VptError('config.json: "use_swiglu_ffn" (DINOv2 ViT-g) is not supported; use the S, B or L model');
  const three = modelType === "dinov3_vit";
  const hiddenSize = integer("hidden_size");
  const heads = integer("num_attention_heads");
  if (hiddenSize % (4 * heads) !== 0)
    throw new VptError(
      `config.json: hidden_size ${hiddenSize} must be a multiple of 4 · num_attention_heads ` +
        `(${heads}): a head is turned in four parts`,
    );
  return {
    modelType,
    hiddenSize,
    heads,
    layers: integer("num_hidden_layers"),
    intermediateSize: three ? integer("intermediate_size") : hiddenSize * integer("mlp_ratio", 4),
    patchSize: integer("patch_size"),
    imageSize: integer("image_size", three ? 224 : 518),
    registers: three ? integer("num_register_tokens", 0) : 0,
    normEpsilon: number("layer_norm_eps", three ? 1e-5 : 1e-6),
    layerScale: number("layerscale_value", 1),
    initializerRange: number("initializer_range", 0.02),
    gated: flag("use_gated_mlp", false),
    ropeTheta: number("rope_theta", 100),
    rope: {
      shift: optional("pos_embed_shift"),
      jitter: optional("pos_embed_jitter"),
      rescale: optional("pos_embed_rescale"),
    },
    bias: {
      query: flag(three ? "query_bias" : "qkv_bias", true),
      key: flag(three ? "key_bias" : "qkv_bias", !three),
      value: flag(three ? "value_bias" : "qkv_bias", true),
      output: flag("proj_bias", true),
      mlp: flag("mlp_bias", true),
    },
  };
}

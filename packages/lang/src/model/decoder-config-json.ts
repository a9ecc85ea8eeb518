import type { DecoderConfig } from "./decoder-config.js";
import { ropeScalingJson } from "./rope-scaling.js";
import { slidingWindowJson } from "./sliding-window.js";

/**
 * The Hugging Face `config.json` of a decoder, so that a model trained here loads in Python transformers.
 * `parseDecoderConfig(decoderConfigJson(config))` equals `config`.
 *
 * @example
 * ```ts
 * import { decoderConfigJson } from "@vpt/lang";
 * import { writeFile } from "node:fs/promises";
 * await writeFile("model/config.json", JSON.stringify(decoderConfigJson(config), null, 2));
 * ```
 * @category model
 */
export const decoderConfigJson = (config: DecoderConfig): Readonly<Record<string, unknown>> => ({
  architectures: [config.modelType === "llama" ? "LlamaForCausalLM" : "Qwen2ForCausalLM"],
  model_type: config.modelType,
  vocab_size: config.vocabSize,
  hidden_size: config.hiddenSize,
  intermediate_size: config.intermediateSize,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  num_key_value_heads: config.keyValueHeads,
  head_dim: config.headDim,
  hidden_act: "silu",
  rms_norm_eps: config.normEpsilon,
  rope_theta: config.ropeTheta,
  rope_scaling: ropeScalingJson(config.ropeScaling),
  ...slidingWindowJson(config.slidingWindow, config.layers),
  max_position_embeddings: config.maxPositions,
  tie_word_embeddings: config.tied,
  initializer_range: config.initializerRange,
  eos_token_id: config.endIds.length > 1 ? config.endIds : (config.endIds[0] ?? null),
  torch_dtype: "float32",
});

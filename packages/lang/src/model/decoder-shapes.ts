import { ShapeMismatchError, VptError, type Params } from "@vpt/core";
import type { DecoderConfig } from "./decoder-config.js";

/**
 * Every parameter of a decoder by its Hugging Face name, with its shape; linear weights are `[out, in]`. The order is
 * the forward pass's. A tied head has no entry of its own.
 *
 * @example
 * ```ts
 * import { decoderShapes } from "@vpt/lang";
 * decoderShapes(config)["model.layers.0.self_attn.q_proj.weight"]; // [576, 576] in SmolLM2-135M
 * ```
 * @see Hugging Face `modeling_llama.py`, `modeling_qwen2.py`.
 * @category model
 */
export const decoderShapes = (config: DecoderConfig): Readonly<Record<string, readonly number[]>> => {
  const { vocabSize, hiddenSize, intermediateSize, heads, keyValueHeads, headDim } = config;
  const [queries, keys] = [heads * headDim, keyValueHeads * headDim];
  const shapes: Record<string, readonly number[]> = { "model.embed_tokens.weight": [vocabSize, hiddenSize] };
  for (let i = 0; i < config.layers; i++) {
    const block: Record<string, readonly number[]> = {
      "input_layernorm.weight": [hiddenSize],
      "self_attn.q_proj.weight": [queries, hiddenSize],
      "self_attn.k_proj.weight": [keys, hiddenSize],
      "self_attn.v_proj.weight": [keys, hiddenSize],
      "self_attn.o_proj.weight": [hiddenSize, queries],
      "post_attention_layernorm.weight": [hiddenSize],
      "mlp.gate_proj.weight": [intermediateSize, hiddenSize],
      "mlp.up_proj.weight": [intermediateSize, hiddenSize],
      "mlp.down_proj.weight": [hiddenSize, intermediateSize],
    };
    if (config.modelType === "qwen2") {
      block["self_attn.q_proj.bias"] = [queries];
      block["self_attn.k_proj.bias"] = [keys];
      block["self_attn.v_proj.bias"] = [keys];
    }
    for (const [name, shape] of Object.entries(block)) shapes[`model.layers.${i}.${name}`] = shape;
  }
  shapes["model.norm.weight"] = [hiddenSize];
  if (!config.tied) shapes["lm_head.weight"] = [vocabSize, hiddenSize];
  return shapes;
};

/**
 * The names of {@link decoderShapes}.
 * @category model
 */
export const decoderNames = (config: DecoderConfig): readonly string[] => Object.keys(decoderShapes(config));

/**
 * Checks that parameters are a decoder's: every name there, every shape right. Names it does not know are left alone
 * (a tied checkpoint may hold its head twice).
 *
 * @throws {VptError} A name is missing.
 * @throws {ShapeMismatchError} A shape differs.
 * @example
 * ```ts
 * import { checkDecoderParams } from "@vpt/lang";
 * checkDecoderParams(config, params);
 * ```
 * @category model
 */
export const checkDecoderParams = (config: DecoderConfig, params: Params): void => {
  const shapes = Object.entries(decoderShapes(config));
  const missing = shapes.filter(([name]) => params[name] === undefined).map(([name]) => name);
  if (missing.length > 0) {
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : "";
    throw new VptError(
      `The checkpoint lacks ${missing.slice(0, 3).join(", ")}${more}; is it the model of this config.json?`,
    );
  }
  for (const [name, expected] of shapes) {
    const received = params[name]?.shape ?? [];
    if (received.join() !== expected.join()) {
      throw new ShapeMismatchError({ operand: name, expected: `[${expected.join(", ")}]`, received });
    }
  }
};

import { VptError } from "@vpt/contracts";
import type { ModelConfig } from "../checkpoint.js";
import { quote } from "../internal/quote.js";
import type { GgufHeader } from "./header.js";

const modelTypes: Readonly<Record<string, string>> = { llama: "LlamaForCausalLM", qwen2: "Qwen2ForCausalLM" };

/**
 * The Hugging Face `config.json` that a GGUF header amounts to. Families: llama (with SmolLM2, Mistral 7B) and qwen2.
 */
export const configFromGguf = ({ metadata, tensors }: GgufHeader, path: string): ModelConfig => {
  const family = metadata.get("general.architecture");
  if (typeof family !== "string" || !Object.hasOwn(modelTypes, family)) {
    throw new VptError(
      `${path}: architecture ${quote(String(family))}, expected one of ${Object.keys(modelTypes).join(", ")}.`,
    );
  }
  const number = (key: string, fallback?: number): number => {
    const value = metadata.get(`${family}.${key}`) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new VptError(
      `${path}: metadata "${family}.${key}" is ` +
        `${value === undefined ? "missing" : `a ${typeof value}`}, expected a number.`,
    );
  };
  const count = (key: string, fallback?: number): number => {
    const value = number(key, fallback);
    if (Number.isInteger(value) && value > 0) return value;
    throw new VptError(`${path}: metadata "${family}.${key}" is ${value}, expected a whole number above 0.`);
  };
  const scaling = metadata.get(`${family}.rope.scaling.type`) ?? "none";
  if (scaling !== "none")
    throw new VptError(`${path}: rotary scaling ${quote(String(scaling))} is not supported; use a model without it.`);
  const shapes = new Map(tensors.map(({ name, shape }) => [name, shape]));
  const embedding = shapes.get("token_embd.weight");
  if (embedding?.length !== 2)
    throw new VptError(`${path}: has no matrix "token_embd.weight", so it is not a whole language model.`);
  const hidden = count("embedding_length");
  const heads = count("attention.head_count");
  const headDim = count(
    "attention.key_length",
    metadata.has(`${family}.rope.dimension_count`) ? count("rope.dimension_count") : hidden / heads,
  );
  const ids = Object.entries({ bos: "bos", eos: "eos", pad: "padding" }).flatMap(([name, key]) => {
    const id = metadata.get(`tokenizer.ggml.${key}_token_id`);
    return typeof id === "number" ? [[`${name}_token_id`, id] as const] : [];
  });
  return {
    architectures: [modelTypes[family]!],
    model_type: family,
    hidden_size: hidden,
    num_hidden_layers: count("block_count"),
    num_attention_heads: heads,
    num_key_value_heads: count("attention.head_count_kv", heads),
    head_dim: headDim,
    intermediate_size: count("feed_forward_length"),
    vocab_size: embedding[0]!,
    max_position_embeddings: count("context_length"),
    // stored as float32: 1e-5, not 9.99999975e-6
    rms_norm_eps: Number(number("attention.layer_norm_rms_epsilon").toPrecision(7)),
    rope_theta: number("rope.freq_base", 10_000),
    tie_word_embeddings: !shapes.has("output.weight"),
    attention_bias: shapes.has("blk.0.attn_q.bias"),
    mlp_bias: shapes.has("blk.0.ffn_gate.bias"),
    hidden_act: "silu",
    ...Object.fromEntries(ids),
  };
};

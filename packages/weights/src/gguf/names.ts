const layerNames: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

const outerNames: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
};

/**
 * A GGUF tensor's Hugging Face name (llama and qwen2 families): `blk.3.attn_q.weight` becomes
 * `model.layers.3.self_attn.q_proj.weight`. Undefined for a tensor that has none.
 */
export const huggingFaceName = (name: string): string | undefined => {
  const match = /^(?:blk\.(0|[1-9]\d{0,4})\.)?([a-z_]+)\.(weight|bias)$/.exec(name);
  if (match === null) return undefined;
  const [, layer, part, kind] = match;
  const table = layer === undefined ? outerNames : layerNames;
  if (!Object.hasOwn(table, part!)) return undefined;
  return `${layer === undefined ? "" : `model.layers.${layer}.`}${table[part!]}.${kind}`;
};

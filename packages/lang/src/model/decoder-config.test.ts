import { describe, expect, it } from "vitest";
import { VptError } from "@vpt/core";
import { decoderConfigJson } from "./decoder-config-json.js";
import { parseDecoderConfig } from "./decoder-config.js";
import { decoderShapes } from "./decoder-shapes.js";

const smollm2 = {
  model_type: "llama",
  vocab_size: 49_152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  rms_norm_eps: 1e-5,
  rope_theta: 100_000,
  rope_scaling: null,
  rope_interleaved: false,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
  eos_token_id: 0,
};
const qwen25 = {
  model_type: "qwen2",
  vocab_size: 151_936,
  hidden_size: 896,
  intermediate_size: 4864,
  num_hidden_layers: 24,
  num_attention_heads: 14,
  num_key_value_heads: 2,
  rope_parameters: { rope_type: "default", rope_theta: 1_000_000 },
  tie_word_embeddings: true,
  use_sliding_window: false,
  sliding_window: 32_768,
  eos_token_id: [151_643, 151_645],
};
const qwen15 = {
  ...qwen25,
  hidden_size: 1024,
  intermediate_size: 2816,
  num_attention_heads: 16,
  num_key_value_heads: 16,
};
const qwen15Large = {
  ...qwen15,
  hidden_size: 2560,
  intermediate_size: 6912,
  num_hidden_layers: 40,
  num_attention_heads: 20,
  num_key_value_heads: 20,
  tie_word_embeddings: false,
};

describe("parseDecoderConfig", () => {
  it("reads rope_theta at the top (transformers 4) and in rope_parameters (5)", () => {
    expect(parseDecoderConfig(smollm2)).toMatchObject({ ropeTheta: 1e5, headDim: 64, normEpsilon: 1e-5, endIds: [0] });
    expect(parseDecoderConfig(qwen25)).toMatchObject({ ropeTheta: 1e6, keyValueHeads: 2, endIds: [151_643, 151_645] });
  });

  it.each([
    [{ ...smollm2, model_type: "mamba" }, "model_type"],
    [{ ...smollm2, hidden_act: "gelu" }, "hidden_act"],
    [{ ...smollm2, rope_scaling: { type: "longrope", factor: 2 } }, '"longrope"'],
    [{ ...smollm2, rope_scaling: { rope_type: "llama3", factor: 2 } }, '"low_freq_factor"'],
    [{ ...qwen25, rope_parameters: { rope_type: "linear" } }, '"factor"'],
    [{ ...qwen25, rope_parameters: { rope_type: "default", partial_rotary_factor: 0.5 } }, "partial_rotary_factor"],
    [{ ...qwen25, use_sliding_window: true, sliding_window: 0 }, "sliding_window"],
    [{ ...qwen25, layer_types: ["full_attention", "sliding_attention"] }, "layer_types"],
    [{ ...qwen25, num_hidden_layers: 1, layer_types: ["sliding_attention"] }, "use_sliding_window"],
    [{ ...smollm2, attention_bias: true }, "attention_bias"],
    [{ ...smollm2, quantization_config: { bits: 4 } }, "quantization_config"],
    [{ ...smollm2, num_key_value_heads: 2 }, "num_key_value_heads"],
    [{ ...smollm2, hidden_size: undefined }, "hidden_size"],
    [null, "an object"],
  ])("refuses what it would get wrong: %#", (json, named) => {
    expect(() => parseDecoderConfig(json)).toThrow(VptError);
    expect(() => parseDecoderConfig(json)).toThrow(named);
  });

  it.each([
    smollm2,
    qwen25,
    { ...smollm2, rope_scaling: { type: "linear", factor: 2 } },
    { ...smollm2, rope_scaling: { rope_type: "dynamic", factor: 2 } },
    {
      ...smollm2,
      rope_scaling: {
        rope_type: "llama3",
        factor: 8,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
    },
    { ...qwen25, rope_scaling: { type: "yarn", factor: 4, original_max_position_embeddings: 32_768 } },
    { ...qwen25, use_sliding_window: true, sliding_window: 4096, max_window_layers: 20 },
  ])("comes back from decoderConfigJson: %#", (json) => {
    const config = parseDecoderConfig(json);
    expect(parseDecoderConfig(JSON.parse(JSON.stringify(decoderConfigJson(config))))).toEqual(config);
  });
});

describe("decoderShapes", () => {
  it.each([
    ["SmolLM2-135M", smollm2, 134_515_008],
    ["Qwen2.5-0.5B", qwen25, 494_032_768],
    ["Qwen1.5-0.5B", qwen15, 463_987_712],
    ["Qwen1.5-4B", qwen15Large, 3_950_369_280],
  ])("%s has as many parameters as its model card says", (_name, json, expected) => {
    const shapes = Object.values(decoderShapes(parseDecoderConfig(json)));
    expect(shapes.reduce((sum, shape) => sum + shape.reduce((size, length) => size * length, 1), 0)).toBe(expected);
  });
});

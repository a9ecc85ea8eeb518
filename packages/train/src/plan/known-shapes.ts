import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { parseDecoderConfig, tinyLanguageModel, type DecoderConfig } from "@vpt/lang";
import * as tf from "@tensorflow/tfjs";

const qwen15 = { model_type: "qwen2", vocab_size: 151_936, tie_word_embeddings: false };
const llama = { model_type: "llama", rms_norm_eps: 1e-5, tie_word_embeddings: true };

/** What the `config.json` of the paper's models and of ours says about shapes, so that a plan fetches nothing. */
const known: Readonly<Record<string, object>> = {
  "Qwen/Qwen1.5-0.5B": {
    ...qwen15,
    hidden_size: 1024,
    intermediate_size: 2816,
    num_hidden_layers: 24,
    num_attention_heads: 16,
    tie_word_embeddings: true,
  },
  "Qwen/Qwen1.5-4B": {
    ...qwen15,
    hidden_size: 2560,
    intermediate_size: 6912,
    num_hidden_layers: 40,
    num_attention_heads: 20,
  },
  "Qwen/Qwen1.5-7B": {
    ...qwen15,
    hidden_size: 4096,
    intermediate_size: 11_008,
    num_hidden_layers: 32,
    num_attention_heads: 32,
  },
  "Qwen/Qwen2.5-0.5B": {
    ...qwen15,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
  },
  smollm2: {
    ...llama,
    vocab_size: 49_152,
    hidden_size: 576,
    intermediate_size: 1536,
    num_hidden_layers: 30,
    num_attention_heads: 9,
    num_key_value_heads: 3,
  },
};

/**
 * The shape of a model that a run names, without its weights.
 *
 * @throws {VptError} For an id whose shape is not known here and that is no folder.
 */
export function shapeOf(model: string): DecoderConfig {
  if (Object.hasOwn(known, model)) return parseDecoderConfig(known[model]);
  if (model === "tiny") {
    const { config, params } = tinyLanguageModel(0);
    tf.dispose(params);
    return config;
  }
  const path = join(model, "config.json");
  if (existsSync(path)) return parseDecoderConfig(JSON.parse(readFileSync(path, "utf8")));
  throw new VptError(
    `--plan: the size of "${model}" is not known before it is there; give a folder with a ` +
      `config.json, or one of ${Object.keys(known).join(", ")}`,
  );
}

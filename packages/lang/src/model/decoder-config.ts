import { VptError } from "@vpt/core";
import type { RopeScaling } from "@vpt/nn";
import { parseRopeScaling } from "./rope-scaling.js";
import { parseSlidingWindow, type SlidingWindow } from "./sliding-window.js";

/** The shape of a LLaMA-like decoder: what the forward pass needs of a Hugging Face `config.json`. */
export interface DecoderConfig {
  /** `qwen2` adds biases to q, k and v; all else is the same. */
  readonly modelType: "llama" | "qwen2";
  /** Rows of the embedding; may exceed the tokenizer's ids (padding rows). */
  readonly vocabSize: number;
  /** Width D of the residual stream. */
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  /** Query heads. */
  readonly heads: number;
  /** Key/value heads; divides `heads`. */
  readonly keyValueHeads: number;
  /** Width of a head; `heads × headDim` need not be `hiddenSize`. */
  readonly headDim: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  /** Absent: plain rotary positions. */
  readonly ropeScaling?: RopeScaling;
  /** Absent: every block sees all earlier tokens. */
  readonly slidingWindow?: SlidingWindow;
  readonly maxPositions: number;
  /** The embedding is also the head. */
  readonly tied: boolean;
  /** Standard deviation of a fresh weight. */
  readonly initializerRange: number;
  /** Ids that end a text; may be empty. */
  readonly endIds: readonly number[];
  /** `α/r` of the adapters among the parameters; `withLora` sets it. */
  readonly loraScale?: number;
  /** Share of an adapter's input that is dropped while it trains: where the batch carries keys. */
  readonly loraDropout?: number;
}

const refuse = (what: string, received: unknown, expected: string): never => {
  throw new VptError(`config.json: ${what} ${JSON.stringify(received)} is not supported; expected ${expected}.`);
};

const count = (json: Readonly<Record<string, unknown>>, key: string, otherwise?: number): number => {
  const value = json[key] ?? otherwise;
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw new VptError(`config.json: "${key}" must be a positive integer, received ${JSON.stringify(value)}.`);
};

const positive = (json: Readonly<Record<string, unknown>>, key: string, otherwise: number): number => {
  const value = json[key] ?? otherwise;
  if (typeof value === "number" && value > 0) return value;
  throw new VptError(`config.json: "${key}" must be a positive number, received ${JSON.stringify(value)}.`);
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `rope_parameters` (transformers 5), else `rope_scaling` (4), with the `rope_theta` beside it. */
const ropeOf = (json: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const rope = json["rope_parameters"] ?? json["rope_scaling"] ?? {};
  if (!isRecord(rope)) return refuse("rope_parameters", rope, "an object");
  if ((rope["partial_rotary_factor"] ?? 1) !== 1) refuse("partial_rotary_factor", rope["partial_rotary_factor"], "1");
  return { ...rope, rope_theta: rope["rope_theta"] ?? json["rope_theta"] };
};

/** What would change the forward pass in a way this decoder does not follow. */
const refuseUnknown = (json: Readonly<Record<string, unknown>>): void => {
  const activation = json["hidden_act"] ?? "silu";
  if (activation !== "silu") refuse("hidden_act", activation, '"silu"');
  for (const key of ["mlp_bias", "rope_interleaved", "quantization_config"]) {
    if (json[key]) refuse(key, json[key], "false or absent");
  }
  if (json["model_type"] === "llama" && json["attention_bias"]) refuse("attention_bias", true, "false or absent");
};

/**
 * Reads a Hugging Face `config.json` of model type `llama` or `qwen2` (LLaMA, SmolLM, Qwen1.5, Qwen2, Qwen2.5).
 *
 * @throws {VptError} When the model needs something this decoder does not do: another type or activation, other
 *   biases, a rotary scaling other than linear, dynamic, llama3 and yarn. It never loads such a model and answers
 *   wrongly.
 * @example
 * ```ts
 * const config = parseDecoderConfig(JSON.parse(await readFile("model/config.json", "utf8")));
 * ```
 * @see Hugging Face `configuration_llama.py`, `configuration_qwen2.py`.
 * @category model
 */
export const parseDecoderConfig = (json: unknown): DecoderConfig => {
  if (!isRecord(json)) throw new VptError(`config.json: expected an object, received ${JSON.stringify(json)}.`);
  const modelType = json["model_type"];
  if (modelType !== "llama" && modelType !== "qwen2") return refuse("model_type", modelType, '"llama" or "qwen2"');
  refuseUnknown(json);
  const hiddenSize = count(json, "hidden_size");
  const heads = count(json, "num_attention_heads");
  const keyValueHeads = count(json, "num_key_value_heads", heads);
  if (heads % keyValueHeads !== 0) refuse("num_key_value_heads", keyValueHeads, `a divisor of ${heads}`);
  const headDim = count(json, "head_dim", hiddenSize / heads);
  if (headDim % 2 !== 0) refuse("head_dim", headDim, "an even number");
  const maxPositions = count(json, "max_position_embeddings", modelType === "llama" ? 2048 : 32_768);
  const layers = count(json, "num_hidden_layers");
  const rope = ropeOf(json);
  const ropeScaling = parseRopeScaling(rope, maxPositions);
  const slidingWindow = modelType === "qwen2" ? parseSlidingWindow(json, layers) : undefined;
  const ends = json["eos_token_id"] ?? [];
  return {
    modelType,
    vocabSize: count(json, "vocab_size"),
    hiddenSize,
    intermediateSize: count(json, "intermediate_size"),
    layers,
    heads,
    keyValueHeads,
    headDim,
    normEpsilon: positive(json, "rms_norm_eps", 1e-6),
    ropeTheta: positive(rope, "rope_theta", 10_000),
    ...(ropeScaling && { ropeScaling }),
    ...(slidingWindow && { slidingWindow }),
    maxPositions,
    tied: json["tie_word_embeddings"] === true,
    initializerRange: positive(json, "initializer_range", 0.02),
    endIds: (Array.isArray(ends) ? ends : [ends]).filter((id): id is number => typeof id === "number"),
  };
};

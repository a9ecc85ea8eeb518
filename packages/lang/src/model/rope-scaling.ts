import { VptError } from "@vpt/core";
import type { RopeScaling } from "@vpt/nn";

type Json = Readonly<Record<string, unknown>>;

const numberIn = (rope: Json, key: string, otherwise?: number): number => {
  const value = rope[key] ?? otherwise;
  if (typeof value === "number" && value > 0) return value;
  throw new VptError(`config.json: rope "${key}" must be a positive number, received ${JSON.stringify(value)}.`);
};

const spread = (scale: number, by: number): number => (scale <= 1 ? 1 : 0.1 * by * Math.log(scale) + 1);

const yarnAttention = (rope: Json, factor: number): number => {
  if (typeof rope["attention_factor"] === "number") return rope["attention_factor"];
  const { mscale, mscale_all_dim: all } = rope;
  return typeof mscale === "number" && typeof all === "number" && mscale !== 0 && all !== 0
    ? spread(factor, mscale) / spread(factor, all)
    : spread(factor, 1);
};

/**
 * The scaling that `rope_parameters` (transformers 5) or `rope_scaling` (4) of a `config.json` describes; undefined for
 * the plain rotation.
 *
 * @param maxPositions The config's `max_position_embeddings`.
 * @throws {VptError} For a type other than default, linear, dynamic, llama3 and yarn, and for a missing number.
 * @see Hugging Face `modeling_rope_utils.py`.
 */
export const parseRopeScaling = (rope: Json, maxPositions: number): RopeScaling | undefined => {
  const type = rope["rope_type"] ?? rope["type"] ?? "default";
  if (type === "default") return undefined;
  const originalPositions = (): number => numberIn(rope, "original_max_position_embeddings", maxPositions);
  if (type === "linear") return { type, factor: numberIn(rope, "factor") };
  if (type === "dynamic") return { type, factor: numberIn(rope, "factor"), maxPositions };
  if (type === "llama3") {
    return {
      type,
      factor: numberIn(rope, "factor"),
      lowFrequencyFactor: numberIn(rope, "low_freq_factor"),
      highFrequencyFactor: numberIn(rope, "high_freq_factor"),
      originalPositions: originalPositions(),
    };
  }
  if (type === "yarn") {
    const factor = numberIn(rope, "factor", maxPositions / originalPositions());
    return {
      type,
      factor,
      originalPositions: originalPositions(),
      betaFast: numberIn(rope, "beta_fast", 32),
      betaSlow: numberIn(rope, "beta_slow", 1),
      attentionFactor: yarnAttention(rope, factor),
      truncate: rope["truncate"] !== false,
    };
  }
  throw new VptError(
    `config.json: rope type ${JSON.stringify(type)} is not supported; expected "default", "linear", ` +
      `"dynamic", "llama3" or "yarn".`,
  );
};

/** `rope_scaling` of a `config.json`, which both transformers 4 and 5 read; null for the plain rotation. */
export const ropeScalingJson = (scaling: RopeScaling | undefined): Json | null => {
  switch (scaling?.type) {
    case undefined:
      return null;
    case "linear":
    case "dynamic":
      return { rope_type: scaling.type, factor: scaling.factor };
    case "llama3":
      return {
        rope_type: "llama3",
        factor: scaling.factor,
        low_freq_factor: scaling.lowFrequencyFactor,
        high_freq_factor: scaling.highFrequencyFactor,
        original_max_position_embeddings: scaling.originalPositions,
      };
    case "yarn":
      return {
        rope_type: "yarn",
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalPositions,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        attention_factor: scaling.attentionFactor,
        truncate: scaling.truncate ?? true,
      };
  }
};

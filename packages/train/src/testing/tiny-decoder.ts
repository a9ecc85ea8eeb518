import type { DecoderConfig } from "@vpt/lang";

/** Two blocks of width 16 with grouped heads, tied: shapes small enough to count by hand. */
export const tinyDecoder: DecoderConfig = {
  modelType: "llama",
  vocabSize: 23,
  hiddenSize: 16,
  intermediateSize: 24,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headDim: 4,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 64,
  tied: true,
  initializerRange: 0.3,
  endIds: [],
};

import { randomFromSeed, type Params, type Random } from "@vpt/core";
import { initDecoder, type DecoderConfig } from "../model/index.js";
import type { Example } from "../language-batch.js";

/** A decoder small enough for finite differences: two blocks, grouped heads, tied. */
export const tinyConfig: DecoderConfig = {
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

/** Fresh parameters of {@link tinyConfig}. */
export const tinyParams = (seed: number): Params => initDecoder(tinyConfig, seed);

/** Rows of random tokens, of which about half count. */
export function randomExamples(count: number, random: Random = randomFromSeed(0), tokens = 8): Example[] {
  const row = (below: number): Int32Array => Int32Array.from({ length: tokens }, () => random.integer(below));
  return Array.from({ length: count }, () => ({
    ids: row(tinyConfig.vocabSize),
    labels: row(tinyConfig.vocabSize),
    lossMask: Uint8Array.from(row(2)).fill(1, tokens - 1),
  }));
}

import { randomFromSeed } from "@vpt/core";
import type { DecoderConfig, Example } from "@vpt/lang";

/** Shapes a benchmark runs at; weights are random, as they do not change a time. */
export const shapes: Readonly<Record<"smollm2-135m" | "tiny", DecoderConfig>> = {
  "smollm2-135m": {
    modelType: "llama",
    vocabSize: 49_152,
    hiddenSize: 576,
    intermediateSize: 1536,
    layers: 30,
    heads: 9,
    keyValueHeads: 3,
    headDim: 64,
    normEpsilon: 1e-5,
    ropeTheta: 100_000,
    maxPositions: 8192,
    tied: true,
    initializerRange: 0.02,
    endIds: [],
  },
  tiny: {
    modelType: "llama",
    vocabSize: 512,
    hiddenSize: 64,
    intermediateSize: 128,
    layers: 3,
    heads: 4,
    keyValueHeads: 2,
    headDim: 16,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    maxPositions: 2048,
    tied: true,
    initializerRange: 0.02,
    endIds: [],
  },
};

/** Name of one of `shapes`. */
export type ShapeName = keyof typeof shapes;

/** Rows of random tokens, every position counted. */
export function randomRows(config: DecoderConfig, rows: number, tokens: number, seed = 0): Example[] {
  const random = randomFromSeed(seed, "bench rows");
  const draw = (): Int32Array => Int32Array.from({ length: tokens }, () => random.integer(config.vocabSize));
  return Array.from({ length: rows }, () => ({
    ids: draw(),
    labels: draw(),
    lossMask: new Uint8Array(tokens).fill(1),
  }));
}

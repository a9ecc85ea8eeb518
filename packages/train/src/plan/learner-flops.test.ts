import type { DecoderConfig } from "@vpt/lang";
import { expect, it } from "vitest";
import { attentionFlops, learnerFlops } from "./learner-flops.js";

const config: DecoderConfig = {
  modelType: "llama",
  vocabSize: 7,
  hiddenSize: 4,
  intermediateSize: 6,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headDim: 2,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  maxPositions: 8,
  tied: true,
  initializerRange: 0.3,
  endIds: [],
};
// q and o of 4 × 4, k and v of 2 × 4, three matrices of 4 × 6; the head of 7 × 4
const block = 2 * 16 + 2 * 8 + 3 * 24;
const head = 28;

it("counts a token's products by hand: only what leads to a trained parameter goes back", () => {
  expect(attentionFlops(config, 5)).toBe(2 * 2 * 5 * 2 * 2); // scores and sums, 5 positions, 2 heads of 2
  const last = [[4, 4] as const, [4] as const]; // one matrix and a norm of the last block train
  const { forward, backward } = learnerFlops(config, { row: 5, from: 1, trained: last });
  expect(forward).toBe(2 * (2 * block + head) + 2 * 80);
  expect(backward).toBe(2 * (block + head) + 2 * 80 + 2 * 16);
});

it("adds the adapters' products to the model's own, three times in all", () => {
  const trained = [[2, 4] as const, [4, 2] as const];
  const plain = learnerFlops(config, { row: 5, from: 0, trained: [] });
  const { forward, backward } = learnerFlops(config, { row: 5, from: 0, trained, adapters: true });
  expect([forward - plain.forward, backward - plain.backward]).toEqual([2 * 16, 4 * 16]);
});

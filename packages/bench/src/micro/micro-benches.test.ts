import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { benchMatmul } from "./bench-matmul.js";
import { benchMemory } from "./bench-memory.js";
import type { StartReference } from "./torch-reference.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

/** A reference that takes two seconds a run. */
const reference: StartReference = async () => ({
  torch: "2.0",
  run: async () => ({ seconds: 2, result: 0, peakBytes: 1e9 }),
  close: () => {},
});
/** A clock that moves by one second at each look. */
const clock = () => {
  let ms = 0;
  return () => (ms += 1000);
};
const sizes = { shape: "tiny", batch: 2, tokens: 8, candidates: 4, blocks: 1 } as const;

it("compares products by their medians and leaves no tensor", async () => {
  const before = tf.memory().numTensors;
  const { ratios, gigaflops } = await benchMatmul({ size: 8, rounds: 1, reference, now: clock() });
  expect(ratios).toEqual({ f32: 2, bf16: 2 });
  expect(gigaflops["ours f32"]).toBeCloseTo((2 * 8 ** 3) / 1e9, 12);
  expect(tf.memory().numTensors).toBe(before);
});

it("compares peaks of memory", async () => {
  const { oursBytes, referenceBytes, ratio } = await benchMemory({ ...sizes, reference, now: clock() });
  expect(referenceBytes).toBe(1e9);
  expect(ratio).toBe(oursBytes / 1e9);
});

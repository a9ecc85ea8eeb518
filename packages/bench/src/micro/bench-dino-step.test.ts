import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { benchDino, dinoParts, dinoRatios, dinoShapes } from "./bench-dino.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

const clock = () => {
  let ms = 0;
  return () => (ms += 1000);
};
const sizes = { shape: "tiny", batch: 2, blocks: 1, rounds: 1 } as const;

it("compares the step with the reference, and leaves the value out where it is not asked for", async () => {
  const setups: (readonly [object, string | undefined])[] = [];
  const before = tf.memory().numTensors;
  const { ratios, fastestRatios, comparison, metaBatch } = await benchDino({
    ...sizes,
    only: "step",
    threads: 1,
    now: clock(),
    reference: async (setup, program) => {
      setups.push([setup, program]);
      return { torch: "2.0", run: async () => ({ seconds: 3, result: 0, peakBytes: 1e9 }), close: () => {} };
    },
  });
  expect(ratios).toEqual({ eager: 3 });
  expect(fastestRatios).toEqual({ eager: 3 });
  expect(Object.keys(comparison)).toEqual(["ours", "eager"]);
  expect(metaBatch).toBe(1);
  expect(setups).toEqual([[{ ...dinoShapes.tiny, batch: 2, threads: 1 }, "dino_peer"]]);
  expect(tf.memory().numTensors).toBe(before);
});

it("compares peaks of memory where they alone are asked for", async () => {
  const { ratios, comparison } = await benchDino({
    ...sizes,
    only: "memory",
    now: clock(),
    reference: async () => ({
      torch: "2.0",
      run: async () => ({ seconds: 3, result: 0, peakBytes: 1e9 }),
      close: () => {},
    }),
  });
  expect(ratios.memory).toBe(comparison["ours"]!.peakBytes! / 1e9);
});

it("has no ratio of what was not measured", () => {
  expect(dinoRatios({ ours: 2, update: 5 })).toEqual({});
  expect(dinoRatios({ ours: 1, update: 4, between: 1 })).toEqual({ "r = 4": 1.75 });
  expect(dinoParts).toEqual(["step", "value", "memory"]);
});

it("cuts its crops into whole patches", () => {
  for (const { config, globalSize, localSize } of Object.values(dinoShapes))
    expect([globalSize % config.patchSize, localSize % config.patchSize]).toEqual([0, 0]);
});

import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { benchGenerate } from "./bench-generate.js";
import { benchParallel } from "./bench-parallel.js";
import { benchStep } from "./bench-step.js";
import { languageStep } from "./language-step.js";
import { shapes } from "./shapes.js";
import type { StartReference } from "./torch-reference.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

/** A clock that moves by a second at each look. */
const clock = () => {
  let ms = 0;
  return () => (ms += 1000);
};
/** A reference of two seconds for each letter of the mode; keeps what it was asked. */
const references = () => {
  const setups: Readonly<Record<string, unknown>>[] = [];
  const modes: string[] = [];
  let closed = 0;
  const start: StartReference = async (setup) => {
    setups.push(setup);
    return {
      torch: "2.0",
      run: async (mode) => (modes.push(mode), { seconds: 2 * mode.length, result: 0, peakBytes: 1 }),
      close: () => void closed++,
    };
  };
  return { start, setups, modes, closed: () => closed };
};
const sizes = { shape: "tiny", batch: 2, tokens: 8, rounds: 1 } as const;

it("compares a step with each program of the reference, ours first, and closes it", async () => {
  const { start, setups, modes, closed } = references();
  const before = tf.memory().numTensors;
  const { ratios, comparison, torch, threads } = await benchStep({
    ...sizes,
    precision: "f32",
    threads: 3,
    reference: start,
    now: clock(),
  });
  expect(ratios).toEqual({ eager: 10, compile: 14 });
  expect(Object.keys(comparison)).toEqual(["ours", "eager", "compile"]);
  expect([torch, threads]).toEqual(["2.0", 3]);
  expect(setups).toEqual([
    { kind: "step", config: { ...shapes.tiny, maxPositions: 8 }, batch: 2, tokens: 8, threads: 3 },
  ]);
  expect(modes).toEqual(["eager", "compile", "eager", "compile", "eager", "compile"]); // two warm-ups and a round
  expect(closed()).toBe(1);
  expect(tf.memory().numTensors).toBe(before);
});

it("compares bfloat16 with autocast alone, and has no ratio without a reference", async () => {
  const { start, modes } = references();
  const { ratios, comparison } = await benchStep({ ...sizes, precision: "bf16", reference: start, now: clock() });
  expect(ratios).toEqual({ bf16: 8 });
  expect(Object.keys(comparison)).toEqual(["ours bf16", "autocast bf16"]);
  expect(new Set(modes)).toEqual(new Set(["bf16"]));
  const alone = await benchStep({ ...sizes, precision: "f32", now: clock() });
  expect(alone.ratios).toEqual({});
  expect(alone).not.toHaveProperty("torch");
});

it("computes new tokens a second batch by batch, and closes every reference", async () => {
  const { start, setups, closed } = references();
  const before = tf.memory().numTensors;
  const { ratios, tokensPerSecond, comparison } = await benchGenerate({
    shape: "tiny",
    batches: [1, 3],
    promptTokens: 4,
    newTokens: 5,
    rounds: 1,
    reference: start,
    now: clock(),
  });
  expect(tokensPerSecond).toEqual({ "batch 1": 5, "batch 3": 15 });
  expect(ratios).toEqual({ "batch 1": 10, "batch 3": 10 });
  expect(comparison["ours 3"]!.result).toBe(15); // no row ended early
  expect(setups.map(({ batch, tokens, prompt }) => [batch, tokens, prompt])).toEqual([
    [1, 5, 4],
    [3, 5, 4],
  ]);
  expect(closed()).toBe(2);
  expect(tf.memory().numTensors).toBe(before);
});

it("counts the tokens of one process that is alone", async () => {
  const { tokensPerSecond, processes, timing } = await benchParallel({ ...sizes, rounds: 2, now: clock() });
  expect([tokensPerSecond, processes, timing.runs]).toEqual([16, 1, [1, 1]]);
});

it("learns its one batch, with a designer as without, and frees what it made", async () => {
  const before = tf.memory().numTensors;
  const value = { candidates: 4, blocks: 1, updateEvery: 2 };
  for (const more of [{}, { value }, { recompute: true }]) {
    const { step, dispose } = languageStep({ config: shapes.tiny, batch: 2, tokens: 8, ...more });
    const losses: number[] = [];
    for (let i = 0; i < 4; i++) losses.push(await step());
    expect(losses[0]).toBeCloseTo(Math.log(shapes.tiny.vocabSize), 0); // nothing is known at the start
    expect(losses[3]).toBeLessThan(losses[0]!);
    dispose();
  }
  expect(tf.memory().numTensors).toBe(before);
});

it("takes the same losses where blocks are computed again", async () => {
  const lossesOf = async (recompute: boolean): Promise<number[]> => {
    const { step, dispose } = languageStep({ config: shapes.tiny, batch: 2, tokens: 8, recompute });
    const losses = [await step(), await step()];
    dispose();
    return losses;
  };
  const [kept, again] = [await lossesOf(false), await lossesOf(true)];
  again.forEach((loss, i) => expect(loss).toBeCloseTo(kept[i]!, 4)); // float32, in another order
});

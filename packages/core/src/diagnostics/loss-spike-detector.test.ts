import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { adamW } from "../optim/adam-w.js";
import { mapParams } from "@vpt/contracts/tensors";
import { randomFromSeed } from "@vpt/contracts";
import { numbersOf, toyBatch, toyDesigner, toyLearner, toyParams, type ToyBatch } from "../testing/toy.js";
import { createTrainState } from "../step/train-state.js";
import { vPretrain } from "../step/pretrain-loop.js";
import { lossSpikeDetector } from "./loss-spike-detector.js";

beforeAll(async () => void (await tf.setBackend("cpu")));

const ask = (guard: ReturnType<typeof lossSpikeDetector>, losses: readonly number[]): boolean[] =>
  losses.map((loss) => guard({ loss }));
const usual = [3, 2.9, 3.1, 2.8, 3, 2.95];

it("tells what lies far above the last losses, and does not get used to it", () => {
  const guard = lossSpikeDetector({ window: 6, factor: 8 });
  expect(ask(guard, [...usual, 9, 9, 2.9, 9, NaN])).toEqual([
    ...Array<boolean>(6).fill(false),
    true,
    true,
    false,
    true,
    false,
  ]);
  expect(ask(lossSpikeDetector({ window: 6 }), [3, 90, 3])).toEqual([false, false, false]); // too early to tell
});

it("goes on from a log as it would have", () => {
  const [whole, later] = [
    [...usual, 9, 3.2, 2.7, 9, 3],
    [9, 3, 3.4, 3.6, 12],
  ];
  const guard = lossSpikeDetector({ window: 6 });
  ask(guard, whole);
  expect(ask(lossSpikeDetector({ window: 6, history: whole }), later)).toEqual(ask(guard, later));
  expect(() => lossSpikeDetector({ factor: 0 })).toThrow(/factor 0/);
  expect(() => lossSpikeDetector({ window: 1 })).toThrow(/window 1/);
});

it("a run that skips a spike ends as one that never saw its batch moved", async () => {
  const spikeAt = 8;
  const run = async (skip: boolean) => {
    const random = randomFromSeed(0, "batches");
    let drawn = 0;
    const batches = {
      next: async (): Promise<ToyBatch> => {
        const batch = toyBatch(random);
        return drawn++ === spikeAt ? (mapParams(batch, (tensor) => tensor.mul(50)) as ToyBatch) : batch;
      },
      state: () => drawn,
      restore: () => {},
    };
    const optimizer = adamW();
    return vPretrain({
      state: createTrainState({ params: toyParams(), optimizer, seed: 0 }),
      batches,
      steps: spikeAt + 1,
      learner: toyLearner,
      designer: toyDesigner(),
      optimizer,
      learningRate: () => 1e-3,
      ...(skip ? { skipStep: lossSpikeDetector({ window: 8 }) } : {}),
    });
  };
  const optimizer = adamW();
  const random = randomFromSeed(0, "batches");
  const before = await vPretrain({
    state: createTrainState({ params: toyParams(), optimizer, seed: 0 }),
    batches: { next: async () => toyBatch(random), state: () => 0, restore: () => {} },
    steps: spikeAt,
    learner: toyLearner,
    designer: toyDesigner(),
    optimizer,
    learningRate: () => 1e-3,
  });
  const skipped = await run(true);
  expect(skipped.counters.skippedStep).toBe(1);
  expect(numbersOf(skipped.params)).toEqual(numbersOf(before.params));
  expect(numbersOf((await run(false)).params)).not.toEqual(numbersOf(before.params));
});

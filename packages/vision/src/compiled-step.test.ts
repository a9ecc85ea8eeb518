import { compile, useBackend } from "@vpt/backend";
import { adamW, disposeUnreferenced, trainStep, type TrainStepOptions } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { identityMaskDesigner } from "./designers/index.js";
import { tinyBatch, tinyConfig, tinyState } from "./testing/index.js";
import { dinoAuxiliary } from "./dino-auxiliary.js";
import { dinoLearner, type VisionBatch, type VisionView } from "./dino/index.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

it(
  "compiled from the first step on, where the teacher is still a clone of the student, it is the " +
    "step as it runs by itself",
  async () => {
    const options: TrainStepOptions<VisionBatch, VisionView> = {
      learner: dinoLearner(tinyConfig),
      auxiliary: dinoAuxiliary(tinyConfig, { steps: 10, base: 0.5 }),
      designer: identityMaskDesigner(),
      optimizer: adamW(),
      learningRate: () => 1e-2,
    };
    const losses = async (given: typeof options): Promise<number[]> => {
      let state = tinyState();
      const seen: number[] = [];
      for (let step = 0; step < 4; step++) {
        const stepped = await trainStep(state, tinyBatch(step), given);
        disposeUnreferenced(state, stepped.state);
        state = stepped.state;
        seen.push(stepped.metrics["loss"]!);
      }
      return seen;
    };
    const [eager, compiled] = [await losses(options), await losses({ ...options, compile })];
    eager.forEach((loss, step) => expect(compiled[step], `step ${step}`).toBeCloseTo(loss, 4));
    expect(new Set(eager).size).toBe(4);
  },
);

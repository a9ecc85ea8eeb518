import { compile, useBackend } from "@vpt/backend";
import { adamW } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { identityMaskDesigner } from "./designers/index.js";
import { tinyBatch, tinyConfig, tinyState } from "./testing/index.js";
import { disposeReplacedVision, evaluatorRandomState, type VisionState } from "./vision-state.js";
import { visionStep, type VisionStepOptions } from "./vision-step.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

it("compiled from the first step on, where the teacher is still a clone of the student, it is the step as it runs by itself", async () => {
  const options: VisionStepOptions = {
    config: tinyConfig,
    designer: identityMaskDesigner(),
    optimizer: adamW(),
    learningRate: () => 1e-2,
    steps: 10,
    teacherBase: 0.5,
  };
  const losses = async (given: VisionStepOptions): Promise<number[]> => {
    let state: VisionState = { train: tinyState(), headRandom: evaluatorRandomState(0) };
    const seen: number[] = [];
    for (let step = 0; step < 4; step++) {
      const stepped = await visionStep(state, tinyBatch(step), given);
      disposeReplacedVision(state, stepped.state);
      state = stepped.state;
      seen.push(stepped.metrics["loss"]!);
    }
    return seen;
  };
  const [eager, compiled] = [await losses(options), await losses({ ...options, compile })];
  eager.forEach((loss, step) => expect(compiled[step], `step ${step}`).toBeCloseTo(loss, 4));
  expect(new Set(eager).size).toBe(4);
});

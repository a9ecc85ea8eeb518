import { initDinoHead, initViT } from "@vpt/vision";
import { expect, it } from "vitest";
import { tinyVision } from "../testing/tiny-vision.js";
import { visionConfigSchema, type VisionConfig } from "../vision/config.js";
import { visionCost } from "./vision-cost.js";
import { visionShapeOf } from "./vision-shape.js";

const parse = (more: object = {}): VisionConfig => visionConfigSchema.parse({ ...tinyVision, ...more });
const costOf = (more: object = {}) => visionCost(parse(more), visionShapeOf(parse(more)));
const sizesOf = (params: ReturnType<typeof initViT>): number =>
  Object.values(params).reduce((sum, { size }) => sum + size, 0);

it("counts the parameters that a run makes, but for the biases of the head", () => {
  const run = parse();
  const backbone = sizesOf(initViT(visionShapeOf(run), 0));
  const { hiddenSize, bottleneckSize } = run.projectionHead;
  const head = sizesOf(initDinoHead({ inputSize: 16, ...run.projectionHead }, 0)) - (2 * hiddenSize + bottleneckSize);
  expect(costOf().parameters).toBe(backbone + head);
  expect(costOf().bytes).toBe(4 * 5 * (backbone + head));
});

it("counts operations by hand for 2 images of 2 global crops and 1 local one", () => {
  const backbone = sizesOf(initViT(visionShapeOf(parse()), 0));
  // Patches of 4 pixels, a class token and a register: 16 / 4 squared is 16 patches, 8 / 4 squared is 4
  const [global, local] = [16 + 2, 4 + 2];
  // Student: 6 operations a parameter and token for every crop; teacher: 2 more for the global ones
  const step = 2 * 2 * global * (6 + 2) + 2 * 1 * local * 6;
  expect(costOf().flops).toBe(4 * backbone * step);
  // Every updateEvery steps 8 for the 2 global crops of 2 images, and 6 for 4 feedback images
  const every = parse().value.updateEvery;
  const update = 8 * 2 * 2 * global + 6 * 4 * global;
  expect(costOf().flopsWithValue).toBeCloseTo(4 * backbone * (step + update / every), 3);
});

it("grows with the steps, and the value costs less where it is taken less often or on fewer images", () => {
  const extra = (value: object): number => {
    const { flops, flopsWithValue } = costOf({ value: { ...tinyVision.value, ...value } });
    return flopsWithValue - flops;
  };
  expect(costOf({ steps: 40 }).flops).toBeCloseTo(10 * costOf().flops, 0);
  expect(extra({ updateEvery: 8 })).toBeCloseTo(extra({ updateEvery: 2 }) / 4, 0);
  expect(extra({ metaBatchSize: 1 })).toBeLessThan(extra({ metaBatchSize: 2 }));
  expect(extra({ metaBatchSize: 2 })).toBe(extra({})); // the learner's batch has two images
});

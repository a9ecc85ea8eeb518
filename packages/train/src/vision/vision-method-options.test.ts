import * as tf from "@tensorflow/tfjs";
import { callbackFeedback, type Params } from "@vpt/core";
import { dinov3Config } from "@vpt/vision";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyVision } from "../testing/tiny-vision.js";
import { visionConfigSchema } from "./config.js";
import { cleanPools, loadPools, type VisionPools } from "./vision-data.js";
import { tasksOf, visionMethodOptions } from "./vision-method-options.js";
import { visionMethods } from "./vision-methods.js";

const parse = (more: object = {}) => visionConfigSchema.parse({ ...tinyVision, ...more });
const config = dinov3Config({ ...(tinyVision.model as object), patchSize: 4, imageSize: 16 } as never);
let pools: VisionPools;
beforeAll(async () => {
  pools = await loadPools(parse(), () => undefined);
});
const optionsOf = (method: Parameters<typeof visionMethodOptions>[0], more: object = {}) =>
  visionMethodOptions(method, parse(more), { config }, pools);

describe("visionMethodOptions", () => {
  it.each([
    ["baseline", false, false],
    ["oracle", false, false],
    ["random-mask", false, false],
    ["value", true, true],
    ["tilt", true, true],
    ["random-direction", true, false],
    ["random-tilt", true, false],
  ] as const)("%s has a value: %s, heads for its feedback: %s", (method, hasValue, hasHeads) => {
    const { step, evaluator } = optionsOf(method);
    expect([step.value !== undefined, evaluator !== undefined]).toEqual([hasValue, hasHeads]);
    expect(step.auxiliary!.beforeMetaStep !== undefined).toBe(hasHeads);
    expect(step.designer.closedFormTask !== undefined).toBe(method.endsWith("tilt"));
  });

  it("covers every method of the schema", () => {
    for (const method of visionMethods) expect(() => optionsOf(method)).not.toThrow();
  });

  it("hands the configuration on to the value and the optimizers", () => {
    const value = { ...tinyVision.value, updateEvery: 3, derivative: "central-difference", similarity: "cosine" };
    const { step, evaluator } = optionsOf("value", {
      value,
      learner: { learningRate: 0.5, lrWarmupSteps: 0, clipNorm: 2 },
    });
    expect(step.value).toMatchObject({
      updateEvery: 3,
      burnInSteps: 1,
      derivative: "central-difference",
      similarity: "cosine",
    });
    expect(step.clipNorm).toBe(2);
    expect(step.learningRate(parse().steps)).toBeCloseTo(0, 9);
    const held = optionsOf("value", { learner: { learningRate: 0.5, lrWarmupSteps: 0, finalLearningRateShare: 0.25 } });
    expect(held.step.learningRate(parse().steps)).toBeCloseTo(0.125, 9);
    expect(Math.max(...[0, 1, 2, 3].map(step.learningRate))).toBeCloseTo(0.5, 6);
    expect(evaluator).toMatchObject({
      initialUpdates: 2,
      batchSize: 2,
      minLossDrop: -9,
      samples: pools.evaluatorHeads,
    });
    expect(step.value!.subset.every((name) => /layer\.1\.|norm/.test(name))).toBe(true); // one of two blocks
  });

  it("takes a user's own designer and feedback in place of the built-in ones", () => {
    const feedback = callbackFeedback(async () => ({}));
    const designer = optionsOf("baseline").step.designer;
    const { step } = optionsOf({ name: "mine", custom: { name: "mine", feedback, designer } });
    expect(step.value!.feedback).toBe(feedback);
    expect(step.designer).toBe(designer);
  });

  it("makes the designer that the configuration names", () => {
    const names = (designer: object): string[] => {
      const params: Params = optionsOf("value", { designer }).step.designer.init(0);
      tf.dispose(params);
      return Object.keys(params);
    };
    expect(names({ kind: "unet", baseChannels: 4, depth: 2 })).not.toEqual(
      names({ kind: "sit", width: 12, layers: 1 }),
    );
    expect(Object.keys(optionsOf("baseline").step.designer.init(0))).toEqual([]);
  });
});

describe("tasksOf", () => {
  it("takes the tasks that have a weight and whose maps the data have", () => {
    const all = { segmentation: { classes: 5, weight: 1 }, depth: { weight: 2, power: 1 } };
    const run = parse({ tasks: { depth: 2 } });
    expect(tasksOf(run, pools)).toEqual(all);
    expect(tasksOf(run, { ...pools, hasDepth: false })).toEqual({ segmentation: all.segmentation });
    expect(tasksOf(run, { ...pools, classes: [] })).toEqual({ depth: all.depth });
    expect(tasksOf(parse({ tasks: { segmentation: 0, depth: 2 } }), pools)).toEqual({ depth: all.depth });
  });
});

describe("cleanPools", () => {
  it("gives the stream without its watermark, and says what lacks one", async () => {
    expect(() => cleanPools(pools)).toThrow('method "oracle": the stream has no watermark to leave out');
    const run = parse({ data: { ...tinyVision.data, watermark: 0.3 } });
    const marked = await loadPools(run, () => undefined);
    expect(marked.unlabeled).not.toEqual(pools.unlabeled);
    expect(cleanPools(marked).unlabeled).toEqual(pools.unlabeled);
    expect(cleanPools(marked).test).toBe(marked.test);
  });
});

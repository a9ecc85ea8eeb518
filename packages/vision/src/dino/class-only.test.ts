import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { unetMaskDesigner } from "../designers/index.js";
import { embedImages, gridOf, runViTBlocks } from "../model/index.js";
import { tinyBatch, tinyConfig, tinyState } from "../testing/index.js";
import { dinoLearner, type MaskTask, type VisionView } from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const batch = tinyBatch(1);
const { params, auxiliary } = tinyState();
const largest = (a: tf.Tensor, b: tf.Tensor): number => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!;

it("the last block worked out for the class token alone is its row of the whole block", () => {
  const grid = gridOf(tinyConfig, batch.globals_NHWC);
  const hidden = embedImages(tinyConfig, params, batch.globals_NHWC);
  const whole = runViTBlocks(tinyConfig, params, hidden, { grid });
  const alone = runViTBlocks(tinyConfig, params, hidden, { grid, classOnly: true });
  const [count, , width] = whole.shape;
  expect(alone.shape).toEqual([count, 1, width]);
  expect(largest(alone, tf.slice(whole, [0, 0, 0], [count, 1, width]))).toBeLessThan(1e-6);
});

it("all crops may be masked: the designer sees the local ones, and masks of ones leave the loss as it is", () => {
  const seen: VisionView[] = [];
  const designer = unetMaskDesigner({ baseChannels: 4, depth: 2 });
  const ones = (shape: number[]): tf.Tensor4D => tf.ones([shape[0]!, shape[1]!, shape[2]!, 1]);
  const all = dinoLearner(tinyConfig, { maskedCrops: "all" });
  const plain = dinoLearner(tinyConfig).loss(params, batch, () => ({}), auxiliary);
  const onesTask = (view: VisionView): MaskTask => {
    seen.push({ ...view });
    const { globals_NHWC, locals_NHWC } = batch;
    return { mask_NHW1: ones(globals_NHWC.shape), localMask_NHW1: ones(locals_NHWC!.shape) };
  };
  const unmasked = all.loss(params, batch, onesTask, auxiliary);
  expect(seen[0]!.locals_NHWC).toBeDefined();
  expect(unmasked.dataSync()[0]).toBe(plain.dataSync()[0]);
  const { globals_NHWC, locals_NHWC } = batch;
  const task = designer.design(designer.init(0), batch, { globals_NHWC, locals_NHWC: locals_NHWC! }) as MaskTask;
  expect(task.localMask_NHW1!.shape).toEqual([...locals_NHWC!.shape.slice(0, 3), 1]);
  expect(all.loss(params, batch, () => task, auxiliary).dataSync()[0]).not.toBe(plain.dataSync()[0]);
  expect(all.cacheFrozenActivations!(params, batch, ["norm.weight"])).toEqual({ ...batch, from: tinyConfig.layers });
});

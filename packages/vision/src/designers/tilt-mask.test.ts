import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { valueGradient } from "@vpt/core";
import { beforeAll, expect, it } from "vitest";
import { dinoLearner } from "../dino/index.js";
import { lastViTBlockParameters } from "../model/index.js";
import { tinyBatch, tinyConfig, tinyState } from "../testing/index.js";
import { tiltMaskDesigner } from "./tilt-mask.js";

beforeAll(async () => {
  await useBackend({ threads: 1, log: () => undefined });
});

const batch = tinyBatch();
const learner = dinoLearner(tinyConfig, { teacherInput: "augmented" });
const { params, auxiliary } = tinyState();
const subset = lastViTBlockParameters(tinyConfig, 1);
const direction = Object.fromEntries(
  subset.map((name, i) => [name, tf.randomNormal(params[name]!.shape, 0, 1, "float32", i)]),
);
const at = (designer: ReturnType<typeof tiltMaskDesigner>) =>
  valueGradient({ learner, designer, params, designerParams: {}, auxiliary, batch, direction });

it("is σ(logit κ + s·standardised ∂V/∂μ) by crop, from masks of κ", () => {
  const designer = tiltMaskDesigner({ keepRatio: 0.7, tiltStrength: 2 });
  const { cotangent, task } = at(designer);
  expect(task["mask_NHW1"]!.dataSync().every((mu) => Math.abs(mu - 0.7) < 1e-6)).toBe(true);
  const change = Array.from(cotangent["mask_NHW1"]!.dataSync().slice(0, 256));
  const mean = change.reduce((sum, c) => sum + c, 0) / 256;
  const deviation = Math.sqrt(change.reduce((sum, c) => sum + (c - mean) ** 2, 0) / 256);
  const mask = designer.closedFormTask!(cotangent, task, batch)["mask_NHW1"]!.dataSync();
  change.forEach((c, i) => {
    const logit = Math.log(0.7 / 0.3) + (2 * (c - mean)) / deviation;
    expect(mask[i]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 4);
  });
});

it("raises the value, and with strength 0 or nothing to say stays at κ", () => {
  const designer = tiltMaskDesigner({ keepRatio: 0.5, tiltStrength: 0.2 });
  const { value, cotangent, task } = at(designer);
  const tilted = designer.closedFormTask!(cotangent, task, batch);
  const fixed = { ...designer, design: () => tilted };
  expect(at(fixed).value.dataSync()[0]).toBeGreaterThan(value.dataSync()[0]!);
  const silent = { mask_NHW1: tf.zerosLike(cotangent["mask_NHW1"]!) };
  for (const still of [
    tiltMaskDesigner({ keepRatio: 0.5, tiltStrength: 0 }).closedFormTask!(cotangent, task, batch),
    designer.closedFormTask!(silent, task, batch),
  ])
    expect(still["mask_NHW1"]!.dataSync().every((mu) => Math.abs(mu - 0.5) < 1e-6)).toBe(true);
});

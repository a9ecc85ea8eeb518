import { adamW, createTrainState, randomFromSeed, type TrainState } from "@vpt/core";
import { renderScene } from "@vpt/data/images";
import { initDinoAuxiliary } from "../dino-auxiliary.js";
import { initDinoHead, type VisionBatch } from "../dino/index.js";
import type { EvaluatorTraining } from "../heads/index.js";
import { dinov3Config, initViT, vitShapes, type ViTConfig } from "../model/index.js";
import { multiCrop } from "../views/index.js";

/** A ViT and a DINO head small enough for a test on any backend. */
export const tinyConfig: ViTConfig = dinov3Config({
  hiddenSize: 16,
  layers: 3,
  heads: 2,
  patchSize: 4,
  imageSize: 16,
  registers: 1,
});

/** Seeded scenes. */
export const scenes = (count: number, size = 16, first = 0) =>
  Array.from({ length: count }, (_, i) => renderScene(first + i, { width: size, height: size }));

/** Crops of seeded scenes. */
export const tinyBatch = (seed = 0, images = 2): VisionBatch =>
  multiCrop(
    scenes(images, 24, seed * 100).map(({ image }) => image),
    randomFromSeed(seed, "crops"),
    { globalSize: 16, localSize: 8, locals: 2, noise: true },
  );

/** Student, teacher, centre and optimizer before the first step, and evaluator heads for `evaluator`. */
export const tinyState = (designerParams = {}, evaluator?: EvaluatorTraining): TrainState => {
  const student = {
    ...initViT({ ...tinyConfig, initializerRange: 0.2 }, 0),
    ...initDinoHead({ inputSize: 16, hiddenSize: 32, bottleneckSize: 8, outputSize: 24 }, 0),
  };
  return createTrainState({
    params: student,
    ...initDinoAuxiliary(student, { evaluator }),
    trainable: [
      ...Object.keys(vitShapes(tinyConfig)),
      ...Object.keys(student).filter((name) => name.startsWith("head.")),
    ],
    designerParams,
    optimizer: adamW(),
    seed: 0,
  });
};

import { warmupCosine, type Params, type TrainStepOptions } from "@vpt/core";
import {
  dinov3Config,
  dinoAuxiliary,
  dinoLearner,
  initDinoHead,
  initViT,
  loadViT,
  identityMaskDesigner,
  type ViTConfig,
  type VisionBatch,
  type VisionView,
} from "@vpt/vision";
import type { CropLoaderOptions } from "@vpt/data/images";
import { resolveModel } from "@vpt/hub";
import { compile } from "../compile.js";
import type { Progress } from "../progress.js";
import { visionBatches, type VisionBatches } from "./vision-batches.js";
import { learnerOptimizer } from "../learner-optimizer.js";
import type { VisionConfig } from "./config.js";
import type { VisionPools } from "./vision-data.js";

/** A student, a backbone with a fresh projection head, before any step. */
export interface VisionModel {
  readonly config: ViTConfig;
  readonly params: Params;
  /** Names of what the learner trains: backbone and head. */
  readonly trainable: readonly string[];
}

/** The crops of a configuration, with its seed. */
export const batchesOf = (
  run: VisionConfig,
  pools: VisionPools,
  config: ViTConfig,
  seed: number,
  { hasMeta = false, ...options }: Pick<CropLoaderOptions, "onBad"> & { readonly hasMeta?: boolean } = {},
): VisionBatches => {
  const { ropeAugmentation, ...crops } = run.crops;
  const { metaBatchSize, updateEvery, burnInSteps } = run.value;
  const meta =
    hasMeta && metaBatchSize !== undefined
      ? { batchSize: metaBatchSize, updateEvery, burnInSteps, batchesPerStep: run.gradientAccumulation }
      : undefined;
  const rotary = ropeAugmentation && config.modelType === "dinov3_vit" ? { rotaryOf: config } : {};
  return visionBatches(
    pools.unlabeled,
    { ...crops, ...rotary, batchSize: run.batchSize, seed, noise: run.methods.includes("random-mask"), meta },
    { workers: run.loader.workers, maxCorruptFraction: run.loader.maxCorruptFraction, ...options },
  );
};

/** Loads or makes the model and gives it a fresh head. */
export async function initialVision(run: VisionConfig, progress: Progress): Promise<VisionModel> {
  const { config, params: backbone } = await backboneOf(run, progress);
  const head = initDinoHead({ inputSize: config.hiddenSize, ...run.projectionHead }, run.startSeed);
  const params = { ...backbone, ...head };
  return { config, params, trainable: Object.keys(params) };
}

/** How a step of plain DINO is taken before the methods. */
export function pretrainOptions(run: VisionConfig, config: ViTConfig): TrainStepOptions<VisionBatch, VisionView> {
  const compiled = run.backend.compile ? { compile } : {};
  return {
    learner: dinoLearner(config),
    auxiliary: dinoAuxiliary(config, { steps: run.pretrainSteps, base: run.learner.teacherBase, ...compiled }),
    designer: identityMaskDesigner(),
    optimizer: learnerOptimizer(run.learner),
    learningRate: warmupCosine({ peak: run.pretrainLearningRate, steps: run.pretrainSteps, lrWarmupSteps: 10 }),
    clipNorm: run.learner.clipNorm,
    ...compiled,
  };
}

async function backboneOf({ model, startSeed, crops }: VisionConfig, progress: Progress) {
  if (typeof model === "string") return loadViT(await resolveModel(model, { log: progress.log }));
  const config = dinov3Config({ ...model, imageSize: crops.globalSize });
  return { config, params: initViT(config, startSeed) };
}

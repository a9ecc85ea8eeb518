import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import {
  adamW,
  createTrainState,
  disposeUnreferenced,
  trainStep,
  warmupCosine,
  type Params,
  type TrainStepOptions,
} from "@vpt/core";
import {
  dinov3Config,
  dinoAuxiliary,
  dinoLearner,
  initDinoAuxiliary,
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
import { remaining, type Progress } from "../progress.js";
import { visionBatches, type VisionBatches } from "./vision-batches.js";
import type { VisionConfig } from "./config.js";
import type { VisionPools } from "./vision-data.js";

/** A backbone with a DINO head, teacher and centre: where every method and every seed starts. */
export interface VisionStart {
  readonly config: ViTConfig;
  /** The student: backbone and projection head. */
  readonly params: Params;
  readonly auxiliary: { readonly teacher: Params; readonly centre: Params };
  /** What the learner trains: backbone and head. */
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

/** A backbone with a fresh projection head, before any step. */
export type VisionModel = Pick<VisionStart, "config" | "params" | "trainable">;

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
    optimizer: adamW({ weightDecay: run.learner.weightDecay }),
    learningRate: warmupCosine({ peak: run.pretrainLearningRate, steps: run.pretrainSteps, lrWarmupSteps: 10 }),
    clipNorm: run.learner.clipNorm,
    ...compiled,
  };
}

/** Loads or makes the model, gives it a fresh head, and pretrains it with plain DINO when the configuration says so. */
export async function startVision(run: VisionConfig, pools: VisionPools, progress: Progress): Promise<VisionStart> {
  const { config, params: student, trainable } = await initialVision(run, progress);
  const options = pretrainOptions(run, config);
  const { optimizer } = options;
  const batches = batchesOf(run, pools, config, run.startSeed - 1);
  let state = createTrainState({
    params: student,
    trainable,
    optimizer,
    seed: run.startSeed,
    ...initDinoAuxiliary(student),
  });
  const began = Date.now();
  try {
    for (let step = 0; step < run.pretrainSteps; step++) {
      const batch = await batches.at(step);
      const stepped = await trainStep(state, batch, options);
      disposeUnreferenced(state, stepped.state);
      tf.dispose(batch as unknown as tf.TensorContainer);
      state = stepped.state;
      const { loss, teacherEntropy, logitDeviation } = stepped.metrics;
      progress.setStatus(
        `plain DINO ${step + 1}/${run.pretrainSteps} loss ${loss!.toFixed(3)}, teacher entropy ` +
          `${teacherEntropy?.toFixed(2)}, deviation ${logitDeviation?.toFixed(3)}, ` +
          `${remaining(step + 1, run.pretrainSteps, (Date.now() - began) / 1000)}`,
      );
    }
  } finally {
    await batches.close();
  }
  if (run.pretrainSteps > 0)
    progress.log(`pretrained ${run.pretrainSteps} steps in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  const { teacher, centre } = state.auxiliary;
  return { config, params: state.params, auxiliary: { teacher: teacher!, centre: centre! }, trainable };
}

async function backboneOf({ model, startSeed, crops }: VisionConfig, progress: Progress) {
  if (typeof model === "string") return loadViT(await resolveModel(model, { log: progress.log }));
  const config = dinov3Config({ ...model, imageSize: crops.globalSize });
  return { config, params: initViT(config, startSeed) };
}

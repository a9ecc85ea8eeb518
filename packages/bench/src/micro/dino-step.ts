import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import {
  adamW,
  createTrainState,
  disposeUnreferenced,
  randomFromSeed,
  trainStep,
  type TrainStepOptions,
} from "@vpt/core";
import { renderScene } from "@vpt/data/images";
import {
  denseEvaluator,
  denseFeedback,
  dinoAuxiliary,
  dinoLearner,
  initDinoAuxiliary,
  initDinoHead,
  initViT,
  multiCrop,
  identityMaskDesigner,
  sitMaskDesigner,
  unetMaskDesigner,
  lastViTBlockParameters,
  type DenseSample,
  type ViTConfig,
  type EvaluatorTraining,
  type VisionBatch,
  type VisionView,
} from "@vpt/vision";
import { timed, type Implementation } from "./timing.js";

/** A DINO step's sizes. */
export interface DinoStepShape {
  readonly config: ViTConfig;
  readonly head: { readonly hiddenSize: number; readonly bottleneckSize: number; readonly outputSize: number };
  readonly batch: number;
  readonly globalSize: number;
  readonly localSize: number;
  readonly locals: number;
}

/** What the value steps are taken with. */
export interface DinoValue {
  readonly updateEvery: number;
  readonly blocks: number;
  readonly designer: "unet" | "sit";
  /** Images of the value's own batch. */
  readonly metaBatch: number;
}

/** DINO steps of ours on one batch, everything trained, one at a call; with `value`, a designer of the paper's size and an update every `period` steps. */
export function dinoStep(
  { config, head, batch, globalSize, localSize, locals }: DinoStepShape,
  value?: DinoValue,
): { step: Implementation; dispose(): void } {
  const student = { ...initViT(config, 0), ...initDinoHead({ inputSize: config.hiddenSize, ...head }, 0) };
  const trainable = Object.keys(student);
  const optimizer = adamW({ weightDecay: 0.04 });
  const learned = { unet: unetMaskDesigner, sit: sitMaskDesigner };
  const designer = value ? learned[value.designer]() : identityMaskDesigner();
  const scenes = (count: number, first: number): DenseSample[] =>
    Array.from({ length: count }, (_, i) => renderScene(first + i, { width: globalSize, height: globalSize }));
  const half = Math.max(1, batch / 2);
  const evaluator = denseEvaluator(config.hiddenSize, { segmentation: { classes: 5 }, depth: {} });
  const training: EvaluatorTraining | undefined = value && {
    evaluator,
    optimizer: adamW(),
    learningRate: 1e-3,
    samples: scenes(batch, 200),
    batchSize: half,
    initialUpdates: 1,
    updatesPerMetaStep: 1,
    minLossDrop: -Infinity,
  };
  const options: TrainStepOptions<VisionBatch, VisionView> = {
    compile,
    learner: dinoLearner(config),
    auxiliary: dinoAuxiliary(config, { steps: 1000, compile, ...(training && { evaluator: training }) }),
    designer,
    optimizer,
    learningRate: () => 1e-5,
    ...(value && {
      value: {
        feedback: denseFeedback(config, { evaluator, samples: scenes(batch, 100), batchSize: half, compile }),
        subset: lastViTBlockParameters(config, value.blocks),
        designerOptimizer: adamW(),
        designerLearningRate: () => 1e-4,
        updateEvery: value.updateEvery,
      },
    }),
  };
  const images = scenes(batch, 0).map(({ image }) => image);
  const crops = (of: typeof images, name: string) =>
    multiCrop(of, randomFromSeed(0, name), { globalSize, localSize, locals });
  const data = crops(images, "bench crops");
  const meta = value && crops(images.slice(0, value.metaBatch), "bench meta crops");
  let state = createTrainState({
    params: student,
    trainable,
    designerParams: designer.init(0),
    optimizer,
    seed: 0,
    ...initDinoAuxiliary(student, { evaluator: training }),
  });
  return {
    step: timed(async () => {
      const isMeta = value && state.step % value.updateEvery === 0;
      const stepped = await trainStep(state, isMeta ? { ...data, meta: meta! } : data, options);
      disposeUnreferenced(state, stepped.state);
      state = stepped.state;
      return stepped.metrics["loss"]!;
    }),
    dispose: () => {
      disposeUnreferenced(state);
      tf.dispose([data, meta ?? {}] as unknown as tf.TensorContainer);
    },
  };
}

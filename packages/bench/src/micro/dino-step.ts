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
  identityMaskDesigner,
  initDinoAuxiliary,
  initDinoHead,
  initViT,
  lastViTBlockParameters,
  multiCrop,
  sitMaskDesigner,
  unetMaskDesigner,
  type DenseSample,
  type EvaluatorTraining,
  type ViTConfig,
  type VisionBatch,
  type VisionView,
} from "@vpt/vision";

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

const scenes = (size: number, count: number, first: number): DenseSample[] =>
  Array.from({ length: count }, (_, i) => renderScene(first + i, { width: size, height: size }));

const learnedDesigners = { unet: unetMaskDesigner, sit: sitMaskDesigner };

/** Options of the step: everything is trained; with `value` a designer, a feedback and evaluator heads. */
function stepOptions({ config, batch, globalSize }: DinoStepShape, value?: DinoValue) {
  const half = Math.max(1, batch / 2);
  const evaluator = denseEvaluator(config.hiddenSize, { segmentation: { classes: 5 }, depth: {} });
  const training: EvaluatorTraining | undefined = value && {
    evaluator,
    optimizer: adamW(),
    learningRate: 1e-3,
    samples: scenes(globalSize, batch, 200),
    batchSize: half,
    initialUpdates: 1,
    updatesPerMetaStep: 1,
    minLossDrop: -Infinity,
  };
  const samples = scenes(globalSize, batch, 100);
  const options: TrainStepOptions<VisionBatch, VisionView> = {
    compile,
    learner: dinoLearner(config),
    auxiliary: dinoAuxiliary(config, { steps: 1000, compile, ...(training && { evaluator: training }) }),
    designer: value ? learnedDesigners[value.designer]() : identityMaskDesigner(),
    optimizer: adamW({ weightDecay: 0.04, decayed: () => true }), // as the peer in PyTorch
    learningRate: () => 1e-5,
    ...(value && {
      value: {
        feedback: denseFeedback(config, { evaluator, samples, batchSize: half, compile }),
        subset: lastViTBlockParameters(config, value.blocks),
        designerOptimizer: adamW(),
        designerLearningRate: () => 1e-4,
        updateEvery: value.updateEvery,
      },
    }),
  };
  return { options, training };
}

/**
 * Makes a function that takes one DINO step on one batch, everything trained, and returns its loss; with `value` there
 * is a designer of the paper's size and an update every `updateEvery` steps.
 */
export function dinoStep(shape: DinoStepShape, value?: DinoValue): { step(): Promise<number>; dispose(): void } {
  const { config, head, batch, globalSize, localSize, locals } = shape;
  const { options, training } = stepOptions(shape, value);
  const student = { ...initViT(config, 0), ...initDinoHead({ inputSize: config.hiddenSize, ...head }, 0) };
  const images = scenes(globalSize, batch, 0).map(({ image }) => image);
  const crops = (of: typeof images, name: string) =>
    multiCrop(of, randomFromSeed(0, name), { globalSize, localSize, locals });
  const data = crops(images, "bench crops");
  const meta = value && crops(images.slice(0, value.metaBatch), "bench meta crops");
  let state = createTrainState({
    params: student,
    trainable: Object.keys(student),
    designerParams: options.designer.init(0),
    optimizer: options.optimizer,
    seed: 0,
    ...initDinoAuxiliary(student, { evaluator: training }),
  });
  return {
    step: async () => {
      const isMeta = value && state.step % value.updateEvery === 0;
      const stepped = await trainStep(state, isMeta ? { ...data, meta: meta! } : data, options);
      disposeUnreferenced(state, stepped.state);
      state = stepped.state;
      return stepped.metrics["loss"]!;
    },
    dispose: () => {
      disposeUnreferenced(state);
      tf.dispose([data, meta ?? {}] as unknown as tf.TensorContainer);
    },
  };
}

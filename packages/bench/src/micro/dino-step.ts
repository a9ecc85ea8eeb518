import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { adamW, createTrainState, randomFromSeed } from "@vpt/core";
import { renderScene } from "@vpt/data/images";
import {
  denseEvaluator,
  denseFeedback,
  disposeReplacedVision,
  evaluatorRandomState,
  initDinoHead,
  initHeads,
  initViT,
  multiCrop,
  identityMaskDesigner,
  sitMaskDesigner,
  unetMaskDesigner,
  visionStep,
  lastViTBlockParameters,
  withTeacher,
  type DenseSample,
  type ViTConfig,
  type VisionState,
  type VisionStepOptions,
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
function stepOptions({ config, batch, globalSize }: DinoStepShape, value?: DinoValue): VisionStepOptions {
  const half = Math.max(1, batch / 2);
  const evaluator = denseEvaluator(config.hiddenSize, { segmentation: { classes: 5 }, depth: {} });
  const samples = { feedback: scenes(globalSize, batch, 100), heads: scenes(globalSize, batch, 200) };
  return {
    compile,
    config,
    designer: value ? learnedDesigners[value.designer]() : identityMaskDesigner(),
    optimizer: adamW({ weightDecay: 0.04 }),
    learningRate: () => 1e-5,
    steps: 1000,
    ...(value && {
      value: {
        feedback: denseFeedback(config, { evaluator, samples: samples.feedback, batchSize: half, compile }),
        subset: lastViTBlockParameters(config, value.blocks),
        designerOptimizer: adamW(),
        designerLearningRate: () => 1e-4,
        updateEvery: value.updateEvery,
      },
      heads: {
        evaluator,
        optimizer: adamW(),
        learningRate: 1e-3,
        samples: samples.heads,
        batchSize: half,
        initialUpdates: 1,
        updatesPerMetaStep: 1,
        minLossDrop: Infinity,
      },
    }),
  };
}

/** The student with random weights and its teacher; heads where the step has them. */
function startState({ config, head }: DinoStepShape, { designer, optimizer, heads }: VisionStepOptions): VisionState {
  const student = { ...initViT(config, 0), ...initDinoHead({ inputSize: config.hiddenSize, ...head }, 0) };
  const headState = heads && initHeads(heads.evaluator, heads.optimizer, 0);
  return {
    train: createTrainState({
      params: { ...withTeacher(student), ...headState?.params },
      trainable: Object.keys(student),
      designerParams: designer.init(0),
      optimizer,
      seed: 0,
    }),
    ...(headState && { heads: headState }),
    headRandom: evaluatorRandomState(0),
  };
}

const disposeState = ({ train, heads }: VisionState): void => {
  const { params, designerParams, feedbackEma, optimizer, designerOptimizer } = train;
  const groups = [params, designerParams, feedbackEma, optimizer, designerOptimizer, heads ?? {}];
  tf.dispose(groups as unknown as tf.TensorContainer);
};

/**
 * Makes a function that takes one DINO step on one batch, everything trained, and returns its loss; with `value` there is a
 * designer of the paper's size and an update every `updateEvery` steps.
 */
export function dinoStep(shape: DinoStepShape, value?: DinoValue): { step(): Promise<number>; dispose(): void } {
  const { batch, globalSize, localSize, locals } = shape;
  const options = stepOptions(shape, value);
  const images = scenes(globalSize, batch, 0).map(({ image }) => image);
  const crops = (of: typeof images, name: string) =>
    multiCrop(of, randomFromSeed(0, name), { globalSize, localSize, locals });
  const data = crops(images, "bench crops");
  const meta = value && crops(images.slice(0, value.metaBatch), "bench meta crops");
  let state = startState(shape, options);
  return {
    step: async () => {
      const isMeta = value && state.train.step % value.updateEvery === 0;
      const stepped = await visionStep(state, isMeta ? { ...data, meta: meta! } : data, options);
      disposeReplacedVision(state, stepped.state);
      state = stepped.state;
      return stepped.metrics["loss"]!;
    },
    dispose: () => {
      disposeState(state);
      tf.dispose([data, meta ?? {}] as unknown as tf.TensorContainer);
    },
  };
}

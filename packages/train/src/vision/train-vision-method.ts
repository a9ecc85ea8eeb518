import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { adamW, createTrainState, pick, VptError, warmupCosine, type StepMetrics } from "@vpt/core";
import type { SkippedSample } from "@vpt/data/images";
import {
  denseEvaluator,
  denseFeedback,
  disposeReplacedVision,
  evaluatorRandomState,
  initHeads,
  identityMaskDesigner,
  randomFeedback,
  randomMaskDesigner,
  sitMaskDesigner,
  tiltMaskDesigner,
  unetMaskDesigner,
  visionStep,
  lastViTBlockParameters,
  type DenseTasks,
  type VisionState,
  type VisionStepOptions,
} from "@vpt/vision";
import { batchesOf, type VisionStart } from "./start-vision.js";
import type { VisionMethod, VisionConfig } from "./config.js";
import type { VisionPools } from "./vision-data.js";

/** The tasks of a configuration that its data can serve. */
export const tasksOf = ({ tasks }: VisionConfig, { classes, hasDepth }: VisionPools): DenseTasks => ({
  ...(tasks.segmentation > 0 &&
    classes.length > 0 && { segmentation: { classes: classes.length, weight: tasks.segmentation } }),
  ...(tasks.depth > 0 && hasDepth && { depth: { weight: tasks.depth, power: 1 } }),
});

function designerOf(method: VisionMethod, { designer, crops }: VisionConfig) {
  const { keepRatio, keepRatioWeight, smoothnessWeight } = designer;
  const regularizers = { keepRatio, keepRatioWeight, smoothnessWeight };
  if (method === "baseline" || method === "oracle") return identityMaskDesigner();
  if (method === "tilt" || method === "random-tilt")
    return tiltMaskDesigner({ keepRatio: designer.keepRatio, tiltStrength: designer.tiltStrength });
  if (method === "random-mask")
    return randomMaskDesigner({ keepRatio: designer.keepRatio, cell: Math.max(2, crops.globalSize / 4) });
  return designer.kind === "unet"
    ? unetMaskDesigner({ baseChannels: designer.baseChannels, depth: designer.depth, ...regularizers })
    : sitMaskDesigner({
        width: designer.width,
        layers: designer.layers,
        patchSize: designer.patchSize,
        maskResolution: designer.maskResolution,
        ...regularizers,
      });
}

/** Everything of an method's step; the options object of one run is made once. */
export function visionMethodOptions(
  method: VisionMethod,
  run: VisionConfig,
  start: VisionStart,
  pools: VisionPools,
): VisionStepOptions {
  const { learner, value, designer, evaluatorHeads: heads } = run;
  const evaluator = denseEvaluator(start.config.hiddenSize, tasksOf(run, pools), { head: heads.kind });
  const compiled = run.backend.compile ? { compile } : {};
  const common = {
    config: start.config,
    dino: { teacherInput: value.teacherInput, blur: designer.blur },
    designer: designerOf(method, run),
    optimizer: adamW({ weightDecay: learner.weightDecay }),
    learningRate: warmupCosine({ peak: learner.learningRate, steps: run.steps, lrWarmupSteps: learner.lrWarmupSteps }),
    clipNorm: learner.clipNorm,
    steps: run.steps,
    teacherBase: learner.teacherBase,
    ...compiled,
  };
  if (method === "baseline" || method === "oracle" || method === "random-mask") return common;
  const usesLabels = method === "value" || method === "tilt";
  const feedback = usesLabels
    ? denseFeedback(start.config, {
        evaluator,
        samples: pools.feedback,
        batchSize: value.feedbackBatchSize,
        ...compiled,
      })
    : randomFeedback();
  return {
    ...common,
    value: {
      feedback,
      subset: lastViTBlockParameters(start.config, value.alignedBlocks),
      designerOptimizer: adamW(),
      designerLearningRate: () => designer.learningRate,
      designerClipNorm: designer.clipNorm,
      updateEvery: value.updateEvery,
      burnInSteps: value.burnInSteps,
      preconditioner: value.preconditioner,
      similarity: value.similarity,
      derivative: value.derivative,
      feedbackEmaDecay: value.feedbackEmaDecay,
      initialFeedbackBatches: value.initialFeedbackBatches,
    },
    ...(usesLabels && {
      heads: {
        evaluator,
        optimizer: adamW(),
        learningRate: heads.learningRate,
        samples: pools.evaluatorHeads,
        batchSize: heads.batchSize,
        updatesPerMetaStep: heads.updatesPerMetaStep,
        initialUpdates: heads.initialUpdates,
        minLossDrop: heads.minLossDrop,
      },
    }),
  };
}

/** Wall clock of one step: all of it, and what of it was spent waiting for the crops. */
export interface StepTiming {
  readonly seconds: number;
  readonly dataSeconds: number;
}

/** Where an method is watched from. */
export interface TrainVisionMethodOptions {
  readonly method: VisionMethod;
  readonly run: VisionConfig;
  /** Made once for all seeds of an method, so that it compiles once; by default made here. */
  readonly options?: VisionStepOptions;
  /** Where to go on; by default the start. */
  readonly state?: VisionState;
  readonly onStep?: (metrics: StepMetrics, timing: StepTiming, state: VisionState) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Told of every image of the stream that cannot be read, once. */
  readonly onBad?: (bad: SkippedSample) => void;
}

/** Trains one method from the shared start. The state belongs to the caller; `start.params` are left alone. */
export async function trainVisionMethod(
  start: VisionStart,
  pools: VisionPools,
  {
    method,
    run,
    options = visionMethodOptions(method, run, start, pools),
    state: given,
    onStep,
    signal,
    onBad,
  }: TrainVisionMethodOptions,
): Promise<VisionState> {
  const seen = method === "oracle" ? { ...pools, unlabeled: cleanStreamOf(pools) } : pools;
  const batches = batchesOf(run, seen, start.config, run.seed, {
    ...(onBad && { onBad }),
    hasMeta: options.value !== undefined && !options.designer.closedFormTask,
  });
  let state = given ?? firstState(start, run, options);
  try {
    while (state.train.step < run.steps && !signal?.aborted) {
      const lap = performance.now();
      const batch = await batches.at(state.train.step);
      const dataSeconds = (performance.now() - lap) / 1000;
      const stepped = await visionStep(state, batch, options);
      disposeReplacedVision(state, stepped.state);
      tf.dispose(batch as unknown as tf.TensorContainer);
      state = stepped.state;
      await onStep?.(stepped.metrics, { seconds: (performance.now() - lap) / 1000, dataSeconds }, state);
    }
  } finally {
    await batches.close();
  }
  return state;
}

function cleanStreamOf({ cleanUnlabeled: cleanStream }: VisionPools): VisionPools["unlabeled"] {
  if (cleanStream) return cleanStream;
  throw new VptError(
    `method "oracle": the stream has no watermark to leave out; set data.watermark of a rendered stream`,
  );
}

function firstState(start: VisionStart, run: VisionConfig, options: VisionStepOptions): VisionState {
  const heads = options.heads && initHeads(options.heads.evaluator, options.heads.optimizer, run.seed);
  const copies = Object.fromEntries(Object.entries(start.params).map(([name, tensor]) => [name, tensor.clone()]));
  const train = createTrainState({
    params: { ...copies, ...heads?.params },
    trainable: Object.keys(pick(copies, start.trainable)),
    designerParams: options.designer.init(run.seed),
    optimizer: options.optimizer,
    seed: run.seed,
  });
  return { train, ...(heads && { heads }), headRandom: evaluatorRandomState(run.seed) };
}

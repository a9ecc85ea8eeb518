import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import {
  adamW,
  createTrainState,
  disposeUnreferenced,
  mapParams,
  trainStep,
  VptError,
  warmupCosine,
  type Params,
  type StepMetrics,
  type TrainState,
  type TrainStepOptions,
} from "@vpt/core";
import type { SkippedSample } from "@vpt/data/images";
import {
  denseEvaluator,
  denseFeedback,
  dinoAuxiliary,
  dinoLearner,
  initDinoAuxiliary,
  identityMaskDesigner,
  randomFeedback,
  randomMaskDesigner,
  sitMaskDesigner,
  tiltMaskDesigner,
  unetMaskDesigner,
  lastViTBlockParameters,
  type DenseTasks,
  type EvaluatorTraining,
  type VisionBatch,
  type VisionView,
} from "@vpt/vision";
import { batchesOf, type VisionStart } from "./start-vision.js";
import type { VisionConfig } from "./config.js";
import type { ResolvedMethod } from "../workload.js";
import type { VisionPools } from "./vision-data.js";
import type { VisionMethod } from "./vision-methods.js";

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

/** Everything of a method's step; the options object of one run is made once. */
export interface VisionMethodOptions {
  readonly step: TrainStepOptions<VisionBatch, VisionView>;
  /** The heads that its feedback reads. */
  readonly evaluator?: EvaluatorTraining;
}

/** The options of a method. */
export function visionMethodOptions(
  given: VisionMethod | ResolvedMethod<VisionBatch, VisionView>,
  run: VisionConfig,
  start: Pick<VisionStart, "config">,
  pools: VisionPools,
): VisionMethodOptions {
  const { name, custom } = typeof given === "string" ? { name: given, custom: undefined } : given;
  const method = custom ? "value" : (name as VisionMethod);
  const { learner, value, designer, evaluatorHeads: heads } = run;
  const evaluator = denseEvaluator(start.config.hiddenSize, tasksOf(run, pools), { head: heads.kind });
  const compiled = run.backend.compile ? { compile } : {};
  const dino = { teacherInput: value.teacherInput, blur: designer.blur };
  const auxiliary = (training?: EvaluatorTraining) =>
    dinoAuxiliary(start.config, {
      ...dino,
      steps: run.steps,
      base: learner.teacherBase,
      ...(training && { evaluator: training }),
      ...compiled,
    });
  const common = {
    learner: dinoLearner(start.config, dino),
    designer: custom?.designer ?? designerOf(method, run),
    optimizer: adamW({ weightDecay: learner.weightDecay }),
    learningRate: warmupCosine({ peak: learner.learningRate, steps: run.steps, lrWarmupSteps: learner.lrWarmupSteps }),
    clipNorm: learner.clipNorm,
    ...compiled,
  };
  if (method === "baseline" || method === "oracle" || method === "random-mask")
    return { step: { ...common, auxiliary: auxiliary() } };
  const usesLabels = method === "value" || method === "tilt";
  const feedback = usesLabels
    ? denseFeedback(start.config, {
        evaluator,
        samples: pools.feedback,
        batchSize: value.feedbackBatchSize,
        ...compiled,
      })
    : randomFeedback();
  const training: EvaluatorTraining | undefined = usesLabels
    ? {
        evaluator,
        optimizer: adamW(),
        learningRate: heads.learningRate,
        samples: pools.evaluatorHeads,
        batchSize: heads.batchSize,
        updatesPerMetaStep: heads.updatesPerMetaStep,
        initialUpdates: heads.initialUpdates,
        minLossDrop: heads.minLossDrop,
      }
    : undefined;
  const step: TrainStepOptions<VisionBatch, VisionView> = {
    ...common,
    auxiliary: auxiliary(training),
    value: {
      feedback: custom?.feedback ?? feedback,
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
  };
  return { step, ...(training && { evaluator: training }) };
}

/** Wall clock of one step: all of it, and what of it was spent waiting for the crops. */
export interface StepTiming {
  readonly seconds: number;
  readonly dataSeconds: number;
}

/** How a method is trained and watched. */
export interface TrainVisionMethodOptions {
  readonly method: VisionMethod;
  readonly run: VisionConfig;
  /** Made once for all seeds of an method, so that it compiles once; by default made here. */
  readonly options?: VisionMethodOptions;
  /** Where to go on; by default the start. */
  readonly state?: TrainState;
  readonly onStep?: (metrics: StepMetrics, timing: StepTiming, state: TrainState) => void | Promise<void>;
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
): Promise<TrainState> {
  const seen = method === "oracle" ? cleanPools(pools) : pools;
  const batches = batchesOf(run, seen, start.config, run.seed, {
    ...(onBad && { onBad }),
    hasMeta: options.step.value !== undefined && !options.step.designer.closedFormTask,
  });
  let state = given ?? firstState(start, run, options);
  try {
    while (state.step < run.steps && !signal?.aborted) {
      const lap = performance.now();
      const batch = await batches.at(state.step);
      const dataSeconds = (performance.now() - lap) / 1000;
      const stepped = await trainStep(state, batch, options.step);
      disposeUnreferenced(state, stepped.state);
      tf.dispose(batch as unknown as tf.TensorContainer);
      state = stepped.state;
      await onStep?.(stepped.metrics, { seconds: (performance.now() - lap) / 1000, dataSeconds }, state);
    }
  } finally {
    await batches.close();
  }
  return state;
}

/** The pools with the stream as it was before its watermark, for the oracle. */
export function cleanPools(pools: VisionPools): VisionPools {
  if (pools.cleanUnlabeled) return { ...pools, unlabeled: pools.cleanUnlabeled };
  throw new VptError(
    `method "oracle": the stream has no watermark to leave out; set data.watermark of a rendered stream`,
  );
}

function firstState(start: VisionStart, run: VisionConfig, { step, evaluator }: VisionMethodOptions): TrainState {
  const copies = (params: Params): Params => mapParams(params, (tensor) => tensor.clone());
  const fresh = initDinoAuxiliary(start.params, { evaluator, seed: run.seed });
  tf.dispose([fresh.auxiliary["teacher"]!, fresh.auxiliary["centre"]!]);
  const { teacher, centre } = start.auxiliary;
  return createTrainState({
    ...fresh,
    auxiliary: { ...fresh.auxiliary, teacher: copies(teacher), centre: copies(centre) },
    params: copies(start.params),
    trainable: start.trainable,
    designerParams: step.designer.init(run.seed),
    optimizer: step.optimizer,
    seed: run.seed,
  });
}

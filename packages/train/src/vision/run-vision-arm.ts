import * as tf from "@tensorflow/tfjs";
import { compile } from "@vpt/backend";
import { adamW, createTrainState, pick, VptError, warmupCosine, type StepMetrics } from "@vpt/core";
import type { Quarantined } from "@vpt/data/images";
import {
  denseEvaluator,
  denseFeedback,
  disposeReplacedVision,
  headStream,
  initHeads,
  plainViewDesigner,
  randomFeedback,
  randomMaskDesigner,
  sitMaskDesigner,
  tiltMaskDesigner,
  unetMaskDesigner,
  visionStep,
  vitTailNames,
  type DenseTasks,
  type VisionState,
  type VisionStepOptions,
} from "@vpt/vision";
import { batchesOf, type VisionStart } from "./start-vision.js";
import type { VisionArm, VisionConfig } from "./config.js";
import type { VisionPools } from "./vision-data.js";

/** The tasks of a configuration that its data can serve. */
export const tasksOf = ({ tasks }: VisionConfig, { classes, hasDepth }: VisionPools): DenseTasks => ({
  ...(tasks.segmentation > 0 &&
    classes.length > 0 && { segmentation: { classes: classes.length, weight: tasks.segmentation } }),
  ...(tasks.depth > 0 && hasDepth && { depth: { weight: tasks.depth, power: 1 } }),
});

function designerOf(arm: VisionArm, { designer, crops }: VisionConfig) {
  const brakes = { keep: designer.keep, sparsity: designer.sparsity, smoothness: designer.smoothness };
  if (arm === "baseline" || arm === "oracle") return plainViewDesigner();
  if (arm === "tilt" || arm === "random-tilt")
    return tiltMaskDesigner({ keep: designer.keep, strength: designer.strength });
  if (arm === "random-mask")
    return randomMaskDesigner({ keep: designer.keep, cell: Math.max(2, crops.globalSize / 4) });
  return designer.kind === "unet"
    ? unetMaskDesigner({ base: designer.base, depth: designer.depth, ...brakes })
    : sitMaskDesigner({
        width: designer.width,
        layers: designer.layers,
        patchSize: designer.patchSize,
        detail: designer.detail,
        ...brakes,
      });
}

/** Everything of an arm's step; the options object of one run is made once. */
export function armOptions(
  arm: VisionArm,
  run: VisionConfig,
  start: VisionStart,
  pools: VisionPools,
): VisionStepOptions {
  const { learner, value, designer, heads } = run;
  const evaluator = denseEvaluator(start.config.hiddenSize, tasksOf(run, pools), { head: heads.kind });
  const compiled = run.backend.compile ? { compile } : {};
  const common = {
    config: start.config,
    dino: { teacherSees: value.teacherSees, blur: designer.blur },
    designer: designerOf(arm, run),
    optimizer: adamW({ weightDecay: learner.weightDecay }),
    learningRate: warmupCosine({ peak: learner.learningRate, steps: run.steps, warmupSteps: learner.warmupSteps }),
    clipNorm: learner.clipNorm,
    steps: run.steps,
    teacherBase: learner.teacherBase,
    ...compiled,
  };
  if (arm === "baseline" || arm === "oracle" || arm === "random-mask") return common;
  const usesLabels = arm === "value" || arm === "tilt";
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
      subset: vitTailNames(start.config, value.lastBlocks),
      designerOptimizer: adamW(),
      designerLearningRate: () => designer.learningRate,
      designerClipNorm: designer.clipNorm,
      period: value.period,
      burnInSteps: value.burnInSteps,
      align: value.align,
      tangent: value.tangent,
      feedbackMomentum: value.feedbackMomentum,
      firstFeedbackBatches: value.firstFeedbackBatches,
    },
    ...(usesLabels && {
      heads: {
        evaluator,
        optimizer: adamW(),
        learningRate: heads.learningRate,
        samples: pools.heads,
        batchSize: heads.batchSize,
        updates: heads.updates,
        firstUpdates: heads.firstUpdates,
        readyBelow: heads.readyBelow,
      },
    }),
  };
}

/** Wall clock of one step: all of it, and what of it was spent waiting for the crops. */
export interface StepTiming {
  readonly seconds: number;
  readonly dataSeconds: number;
}

/** Where an arm is watched from. */
export interface RunVisionArm {
  readonly arm: VisionArm;
  readonly run: VisionConfig;
  /** Made once for all seeds of an arm, so that it compiles once; by default made here. */
  readonly options?: VisionStepOptions;
  /** Where to go on; by default the start. */
  readonly state?: VisionState;
  readonly onStep?: (metrics: StepMetrics, timing: StepTiming, state: VisionState) => void | Promise<void>;
  readonly signal?: AbortSignal;
  /** Told of every image of the stream that cannot be read, once. */
  readonly onBad?: (bad: Quarantined) => void;
}

/** Trains one arm from the shared start. The state belongs to the caller; `start.params` are left alone. */
export async function runVisionArm(
  start: VisionStart,
  pools: VisionPools,
  { arm, run, options = armOptions(arm, run, start, pools), state: given, onStep, signal, onBad }: RunVisionArm,
): Promise<VisionState> {
  const seen = arm === "oracle" ? { ...pools, stream: cleanStreamOf(pools) } : pools;
  const batches = batchesOf(run, seen, start.config, run.seed, {
    ...(onBad && { onBad }),
    hasMeta: options.value !== undefined && !options.designer.fromValue,
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

function cleanStreamOf({ cleanStream }: VisionPools): VisionPools["stream"] {
  if (cleanStream) return cleanStream;
  throw new VptError(`arm "oracle": the stream has no watermark to leave out; set data.watermark of a rendered stream`);
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
  return { train, ...(heads && { heads }), headRandom: headStream(run.seed) };
}

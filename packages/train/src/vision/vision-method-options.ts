import { adamW, warmupCosine, type Feedback, type TrainStepOptions } from "@vpt/core";
import {
  denseEvaluator,
  denseFeedback,
  dinoAuxiliary,
  dinoLearner,
  identityMaskDesigner,
  lastViTBlockParameters,
  randomFeedback,
  randomMaskDesigner,
  sitMaskDesigner,
  tiltMaskDesigner,
  unetMaskDesigner,
  type DenseEvaluator,
  type DenseTasks,
  type EvaluatorTraining,
  type VisionBatch,
  type VisionView,
} from "@vpt/vision";
import { compile } from "../compile.js";
import { sharedValueOptions } from "../config/shared-sections.js";
import { learnerOptimizer } from "../learner-optimizer.js";
import type { ResolvedMethod } from "../workload.js";
import type { VisionConfig } from "./config.js";
import type { VisionModel } from "./start-vision.js";
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
  start: Pick<VisionModel, "config">,
  pools: VisionPools,
): VisionMethodOptions {
  const { name, custom } = typeof given === "string" ? { name: given, custom: undefined } : given;
  const method = custom ? "value" : (name as VisionMethod);
  const { learner } = run;
  const compiled = run.backend.compile ? { compile } : {};
  const dino = { teacherInput: run.value.teacherInput, blur: run.designer.blur };
  const stepWith = (training?: EvaluatorTraining): VisionMethodOptions["step"] => ({
    learner: dinoLearner(start.config, dino),
    designer: custom?.designer ?? designerOf(method, run),
    optimizer: learnerOptimizer(learner),
    learningRate: warmupCosine({
      peak: learner.learningRate,
      steps: run.steps,
      lrWarmupSteps: learner.lrWarmupSteps,
      finalShare: learner.finalLearningRateShare,
    }),
    clipNorm: learner.clipNorm,
    ...compiled,
    auxiliary: dinoAuxiliary(start.config, {
      ...dino,
      steps: run.steps,
      base: learner.teacherBase,
      ...(training && { evaluator: training }),
      ...compiled,
    }),
  });
  if (method === "baseline" || method === "oracle" || method === "random-mask") return { step: stepWith() };
  const usesLabels = method === "value" || method === "tilt";
  const evaluator = denseEvaluator(start.config.hiddenSize, tasksOf(run, pools), { head: run.evaluatorHeads.kind });
  const training = usesLabels ? evaluatorTraining(evaluator, run, pools) : undefined;
  const feedback = usesLabels
    ? denseFeedback(start.config, {
        evaluator,
        samples: pools.feedback,
        batchSize: run.value.feedbackBatchSize,
        ...compiled,
      })
    : randomFeedback();
  const value = valueOptions(run, start.config, custom?.feedback ?? feedback);
  return { step: { ...stepWith(training), value }, ...(training && { evaluator: training }) };
}

/** How evaluator heads train beside the learner, on labelled images of their own. */
const evaluatorTraining = (
  evaluator: DenseEvaluator,
  { evaluatorHeads: heads }: VisionConfig,
  pools: VisionPools,
): EvaluatorTraining => ({
  evaluator,
  optimizer: adamW(),
  learningRate: heads.learningRate,
  samples: pools.evaluatorHeads,
  batchSize: heads.batchSize,
  updatesPerMetaStep: heads.updatesPerMetaStep,
  initialUpdates: heads.initialUpdates,
  minLossDrop: heads.minLossDrop,
});

/** How the designer is trained by the value. */
const valueOptions = (
  { value, designer }: VisionConfig,
  config: VisionModel["config"],
  feedback: Feedback,
): NonNullable<VisionMethodOptions["step"]["value"]> => ({
  feedback,
  subset: lastViTBlockParameters(config, value.alignedBlocks),
  designerOptimizer: adamW(),
  designerLearningRate: () => designer.learningRate,
  designerClipNorm: designer.clipNorm,
  ...sharedValueOptions(value),
});

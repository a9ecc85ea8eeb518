import type * as tf from "@tensorflow/tfjs";
import {
  compileOnce,
  randomFromSeed,
  type AuxiliaryUpdate,
  type Compile,
  type Params,
  type TrainState,
  type TrainStateOptions,
} from "@vpt/core";
import { emaTeacherUpdate, type EmaTeacherOptions } from "./dino/ema-teacher-update.js";
import { initTeacher } from "./dino/teacher.js";
import type { VisionBatch } from "./dino/vision-batch.js";
import { initHeads, type HeadState } from "./heads/head-step.js";
import { evaluatorConverged, trainEvaluator, type EvaluatorTraining } from "./heads/train-evaluator.js";
import { vitFeatures, type ViTConfig } from "./model/index.js";

/** Options of {@link dinoAuxiliary}. */
export interface DinoAuxiliaryOptions extends EmaTeacherOptions {
  /** Needed by feedback that reads evaluator heads. */
  readonly evaluator?: EvaluatorTraining;
  /** `compile` of `@vpt/backend`, for the updates of the heads. */
  readonly compile?: Compile;
}

/** The random stream that evaluator heads draw their images from. */
const randomStream = "evaluator";

/**
 * Returns the auxiliary updates of DINO, for `trainStep` and `vPretrain`. Before a meta step the evaluator heads take a
 * few AdamW updates on the frozen backbone. Meta steps are skipped until the heads' loss has dropped by `minLossDrop`,
 * because the gradient of an untrained head is noise. After each step the centre and the EMA teacher are updated.
 *
 * @example
 * ```ts
 * import { adamW, createTrainState } from "@vpt/core";
 * import { denseEvaluator, dinoAuxiliary, dinoLearner, initDinoAuxiliary, initDinoHead } from "@vpt/vision";
 *
 * const heads = denseEvaluator(vit.config.hiddenSize, { segmentation: { classes: 150 } });
 * const evaluator = { evaluator: heads, optimizer: adamW(), learningRate: 1e-3, samples: [{ image, labels }] };
 * const student = { ...vit.params, ...initDinoHead({ inputSize: vit.config.hiddenSize }, 0) };
 * const initial = initDinoAuxiliary(student, { evaluator, seed: 0 });
 * const start = createTrainState({ params: student, optimizer, seed: 0, ...initial });
 * const auxiliary = dinoAuxiliary(vit.config, { steps: 1_000, evaluator });
 * const stepOptions = { learner: dinoLearner(vit.config), auxiliary }; // with a designer, an optimizer and a rate
 * ```
 * @see arXiv 2601.22108v2, Algorithm 1 and G; facebookresearch/dino `main_dino.py`.
 * @category training
 */
export function dinoAuxiliary(
  config: ViTConfig,
  { evaluator, compile, ...teacher }: DinoAuxiliaryOptions,
): AuxiliaryUpdate<VisionBatch> {
  if (!evaluator) return emaTeacherUpdate(config, teacher);
  const features = (params: Params, images: tf.Tensor4D): tf.Tensor4D =>
    vitFeatures(config, params, images).patches_BHWD;
  const featuresOf = compileOnce(compile, features);
  return {
    ...emaTeacherUpdate(config, teacher),
    randomStream,
    async beforeMetaStep(state, random) {
      const backbone = backboneOf(state.params);
      const heads = await trainEvaluator(
        headsOf(state),
        evaluator,
        (images) => featuresOf(backbone, images),
        random,
        compile,
      );
      return {
        ...packed(heads),
        ready: evaluatorConverged(heads, evaluator),
        metrics: heads.losses ? { evaluatorLoss: heads.losses.recent } : {},
      };
    },
  };
}

/**
 * The auxiliary groups before the first step: `teacher` and `centre`, and with `evaluator` the heads (`evaluator`) and
 * their AdamW moments.
 *
 * @param student Backbone and projection head.
 * @returns What `createTrainState` takes; new tensors, owned by the caller.
 * @example
 * ```ts
 * import { initDinoAuxiliary, initDinoHead } from "@vpt/vision";
 *
 * const student = { ...vit.params, ...initDinoHead({ inputSize: vit.config.hiddenSize }, 0) };
 * const { auxiliary } = initDinoAuxiliary(student);
 * ```
 * @category training
 */
export function initDinoAuxiliary(
  student: Params,
  {
    evaluator,
    seed = 0,
  }: {
    readonly evaluator?: Pick<EvaluatorTraining, "evaluator" | "optimizer"> | undefined;
    readonly seed?: number;
  } = {},
): Required<Pick<TrainStateOptions, "auxiliary" | "counters" | "random">> {
  const teacher = initTeacher(student);
  if (!evaluator) return { auxiliary: teacher, counters: {}, random: {} };
  const { auxiliary, counters } = packed(initHeads(evaluator.evaluator, evaluator.optimizer, seed));
  return {
    auxiliary: { ...teacher, ...auxiliary },
    counters,
    random: { [randomStream]: randomFromSeed(seed, "heads").state() },
  };
}

/** Heads as groups and counters of a state. */
const packed = ({ params, optimizer: { count, first, second }, losses }: HeadState) => ({
  auxiliary: { evaluator: params, "evaluator.first": first, "evaluator.second": second },
  counters: {
    evaluatorUpdates: count,
    ...(losses && { evaluatorFirstLoss: losses.first, evaluatorLoss: losses.recent }),
  },
});

/** What {@link packed} packed: the same tensors. */
function headsOf({ auxiliary, counters }: TrainState): HeadState {
  const [first, recent] = [counters["evaluatorFirstLoss"], counters["evaluatorLoss"]];
  return {
    params: auxiliary["evaluator"]!,
    optimizer: {
      count: counters["evaluatorUpdates"]!,
      first: auxiliary["evaluator.first"]!,
      second: auxiliary["evaluator.second"]!,
    },
    ...(first !== undefined && recent !== undefined && { losses: { first, recent } }),
  };
}

/** The backbone alone: without the projection head. */
const backboneOf = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !name.startsWith("head.")));

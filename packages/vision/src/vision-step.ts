import * as tf from "@tensorflow/tfjs";
import {
  compileOnce,
  randomFromState,
  trainStep,
  type Params,
  type StepMetrics,
  type TrainStepOptions,
} from "@vpt/core";
import { emaTeacherUpdate } from "./dino/ema-teacher-update.js";
import { dinoLearner, type DinoOptions } from "./dino/dino-learner.js";
import type { VisionBatch, VisionView } from "./dino/vision-batch.js";
import { evaluatorConverged, trainEvaluator, type EvaluatorTraining } from "./heads/train-evaluator.js";
import { vitFeatures, type ViTConfig } from "./model/index.js";
import { disposeBetween, type VisionState } from "./vision-state.js";

/** How a step of DINO is taken: everything of `trainStep` but the learner, and what moves by a rule. */
export interface VisionStepOptions extends Omit<TrainStepOptions<VisionBatch, VisionView>, "learner" | "follow"> {
  readonly config: ViTConfig;
  readonly dino?: DinoOptions;
  /** Steps of the whole run: the teacher's momentum climbs to 1 over them. */
  readonly steps: number;
  readonly teacherBase?: number;
  /** Needed by feedback that reads heads. */
  readonly heads?: EvaluatorTraining;
}

/** Functions of one options object, made once, so that what was compiled is found again. */
interface Made {
  readonly step: TrainStepOptions<VisionBatch, VisionView>;
  /** The same without the value: steps for as long as the heads have learned nothing. */
  readonly plain: TrainStepOptions<VisionBatch, VisionView>;
  readonly features: (params: Params, images_BHWC: tf.Tensor4D) => tf.Tensor4D;
}
const known = new WeakMap<VisionStepOptions, Made>();

function madeFor(options: VisionStepOptions): Made {
  const before = known.get(options);
  if (before) return before;
  const { config, dino, compile, steps, teacherBase: base } = options;
  const step = {
    ...options,
    learner: dinoLearner(config, dino),
    postUpdate: emaTeacherUpdate(config, { ...dino, steps, ...(base !== undefined && { base }) }),
  };
  const { value: _, ...plain } = step;
  const made: Made = {
    step,
    plain,
    features: compileOnce(
      compile,
      (params: Params, images: tf.Tensor4D) => vitFeatures(config, params, images).patches_BHWD,
    ),
  };
  known.set(options, made);
  return made;
}

/**
 * One step of V-Pretraining on images: on a meta step the evaluator heads take a few updates on the frozen backbone; then `trainStep`
 * (designer first, then the student); then centre and teacher follow. For as long as the heads' loss has not fallen, their gradient is
 * noise: steps stay plain and the next meta step asks again.
 *
 * @param state Left alone; the caller frees it.
 * @param batch Left alone; the caller frees it.
 * @returns The next state, which shares the tensors that did not change (see {@link disposeReplacedVision}), and the step's scalars.
 * @throws Whatever the learner, the designer or the feedback throw.
 * @example
 * ```ts
 * const { state: next, metrics } = await visionStep(state, batch, options);
 * disposeReplacedVision(state, next);
 * ```
 * @see arXiv 2601.22108v2, Algorithm 1 and G; facebookresearch/dino `main_dino.py`.
 * @category training
 */
export async function visionStep(
  state: VisionState,
  batch: VisionBatch,
  options: VisionStepOptions,
): Promise<{ state: VisionState; metrics: StepMetrics }> {
  const made = madeFor(options);
  const { value } = options;
  const sinceBurnIn = value ? state.train.step - (value.burnInSteps ?? 0) : -1;
  const isMeta = sinceBurnIn >= 0 && sinceBurnIn % (value?.updateEvery ?? 8) === 0;
  const random = randomFromState(state.headRandom);
  let headed = state;
  if (isMeta && state.heads && options.heads) {
    const backbone = backboneOf(state.train.params);
    const heads = await trainEvaluator(
      state.heads,
      options.heads,
      (images) => made.features(backbone, images),
      random,
      options.compile,
    );
    headed = { ...state, heads, train: { ...state.train, params: { ...state.train.params, ...heads.params } } };
  }
  const isReady = !options.heads || (headed.heads !== undefined && evaluatorConverged(headed.heads, options.heads));
  const { state: stepped, metrics } = await trainStep(headed.train, batch, isReady ? made.step : made.plain);
  const next = { ...headed, train: stepped, headRandom: random.state() };
  disposeBetween(headed, state, next);
  const headLoss = isMeta && headed.heads?.losses ? { headLoss: headed.heads.losses.recent } : {};
  return { state: next, metrics: { ...metrics, ...headLoss } };
}

/** Backbone tensors alone. */
const backboneOf = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).filter(([name]) => !/^(teacher\.|head\.|evaluator\.|centre$)/.test(name)));

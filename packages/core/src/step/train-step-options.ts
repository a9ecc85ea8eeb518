import {
  type AllReduce,
  type Auxiliary,
  type Compile,
  type Designer,
  type Feedback,
  type Learner,
  type Params,
  VptError,
} from "@vpt/contracts";
import { pick } from "@vpt/contracts/tensors";
import type { Optimizer } from "../optim/adam-w.js";
import { feedbacksOf } from "../value/domains.js";
import type { Derivative } from "../value/value-gradient.js";
import type { AuxiliaryUpdate } from "./auxiliary-update.js";
import { type MetaSchedule, valueDefaults } from "./meta-schedule.js";
import type { TrainState } from "./train-state.js";

/** How one step is taken: who learns, who designs, by which optimizers. */
export interface TrainStepOptions<Batch, View> {
  readonly learner: Learner<Batch, View>;
  readonly optimizer: Optimizer;
  /** Learning rate by step. */
  readonly learningRate: (step: number) => number;
  /** Global-norm clip of the learner's gradient. */
  readonly clipNorm?: number;
  /** Says which steps to skip although their numbers are finite; see {@link lossSpikeDetector}. Called once a step. */
  readonly skipStep?: (numbers: Readonly<Record<"loss" | "gradientNorm", number>>) => boolean;
  readonly designer: Designer<Batch, View>;
  /** Left out: ordinary pretraining on `designer.baselineTask`. */
  readonly value?: ValueStepOptions;
  /**
   * Without `value`: the step from which `designer.design` gives the task, for a target that needs no feedback.
   * Default: none.
   */
  readonly startDesigningAt?: number;
  /** The rule that moves `state.auxiliary`: an EMA teacher, a running centre, evaluator heads. */
  readonly auxiliary?: AuxiliaryUpdate<Batch>;
  /**
   * `compile` of `@vpt/backend`, to run the step as one graph. Give the same options object at every step: what was
   * compiled belongs to it. Batches then hold tensors, numbers and strings only, and come in few shapes, since each
   * shape compiles anew.
   */
  readonly compile?: Compile;
  /**
   * Data parallel: several processes with the same state and options, each with its shard of the batch. The gradients
   * of learner, designer and feedback, the auxiliary groups and all scalars are averaged, so the step is the one that a
   * single process would take on the mean of their losses. What is not linear in the batch (`similarity: "cosine"`, a
   * penalty on a batch's mean gate) is the mean of each process's own.
   */
  readonly allReduce?: AllReduce;
}

/** The designer's half of Algorithm 1; defaults in {@link valueDefaults}. */
export interface ValueStepOptions extends MetaSchedule {
  /**
   * Where g_down comes from. Several are domains, each aligned with its own stream alone, `V = (1/|D|) Σ_d
   * Align(g_down,d, g_pre,d)` (v2 eq. 44–46): the batch is then `{ microBatches }`, one a domain in their order; see
   * {@link domainValue} and {@link zipSources}.
   */
  readonly feedback: Feedback | readonly Feedback[];
  /** Aligned subset S: names of the parameters over which the value is taken. */
  readonly subset: readonly string[];
  readonly designerOptimizer: Optimizer;
  readonly designerLearningRate: (step: number) => number;
  readonly designerClipNorm?: number;
  /**
   * M: updates of the designer on each value pass. `∂V/∂task` does not depend on φ where the loss is linear in the
   * task, so the pass serves them all. All M are in one compiled step, whose graph grows with M.
   */
  readonly designerUpdates?: number;
  /**
   * Puts another direction in place of the value's, for controls: see {@link matchEffect}. `average` is ḡ_down,
   * before preconditioning and scaling.
   */
  readonly replaceDirection?: (direction: Params, given: ReplacedDirection) => Params;
  /** `adam` (the default) scales g by the learner's own Adam state, since that is the step the learner takes. */
  readonly preconditioner?: "adam" | "none";
  /**
   * κ of the preconditioner `1/(√v̂ + κ·rms(√v̂))`, the r.m.s. over the aligned subset: what a parameter is divided by
   * is never below κ times the usual, so one whose gradient has been zero so far does not become the whole direction. 0
   * gives Adam's own diagonal.
   */
  readonly preconditionerDamping?: number;
  /** V as the inner product ⟨g_down, g_pre⟩ (the default) or as the cosine of the two. */
  readonly similarity?: "dot" | "cosine";
  readonly derivative?: Derivative;
  /** β of the average of g_down over meta steps; 0 uses each gradient alone. */
  readonly feedbackEmaDecay?: number;
  /** Reset the average to g where `cos(g, ḡ)` is below this, since a stale average points elsewhere. Default: never. */
  readonly emaResetCosine?: number;
  /**
   * γ of an average of norms, `n ← γn + (1−γ)‖g‖`, by which each g is divided: one scale through the run, as
   * `normalizeDirection` gives, but a draw that is larger than usual still counts for more. For use with
   * `normalizeDirection: false`. Default: no division.
   */
  readonly feedbackNormEmaDecay?: number;
  /** Feedback batches averaged into the first g_down, so that the average starts from more than one draw. */
  readonly initialFeedbackBatches?: number;
  /** Scale the direction to unit norm: the designer then sees one scale through the run. */
  readonly normalizeDirection?: boolean;
}

/** What {@link ValueStepOptions.replaceDirection} sees beside the direction. */
export interface ReplacedDirection {
  readonly average: Params;
  readonly params: Params;
  readonly auxiliary: Auxiliary;
}

/** Refuses what would otherwise pass for a run in which no meta step ever succeeds. */
export function checkValue(
  { optimizer }: TrainState,
  value: ValueStepOptions,
  designer: Pick<Designer<never, never>, "learn">,
): void {
  const { subset, updateEvery = valueDefaults.updateEvery, feedback } = value;
  const {
    designerUpdates = valueDefaults.designerUpdates,
    preconditionerDamping = valueDefaults.preconditionerDamping,
  } = value;
  if (feedbacksOf(feedback).length === 0) throw new VptError("trainStep: no feedback; give at least one");
  if (subset.length === 0) throw new VptError("trainStep: the aligned subset names no parameter; name at least one");
  pick(optimizer.first, subset, "trainStep: aligned parameter");
  if (!(preconditionerDamping >= 0)) {
    throw new VptError(`trainStep: preconditionerDamping ${preconditionerDamping}; expected a number of at least 0`);
  }
  if (!(Number.isInteger(updateEvery) && updateEvery >= 1)) {
    throw new VptError(`trainStep: updateEvery ${updateEvery}; expected a whole number of at least 1`);
  }
  if (!(Number.isInteger(designerUpdates) && designerUpdates >= 1))
    throw new VptError(`trainStep: designerUpdates ${designerUpdates}; expected a whole number of at least 1`);
  if (designer.learn && feedbacksOf(feedback).length > 1)
    throw new VptError("trainStep: a designer with `learn` follows one direction; give one feedback");
}

/** Scalars of one step, as numbers. `value` and what follows it are there on steps that computed them. */
export type StepMetrics = Readonly<Record<string, number>>;

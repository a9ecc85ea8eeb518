import * as tf from "@tensorflow/tfjs";
import { asScalars, type Optimizer } from "../optim/adam-w.js";
import {
  type AllReduce,
  type Compile,
  type Designer,
  type Feedback,
  type Learner,
  type MicroBatches,
  VptError,
} from "@vpt/contracts";
import type { PostUpdate } from "./post-update.js";
import { feedbacksOf } from "../value/domains.js";
import { feedbackStep } from "./meta-gradient.js";
import { freeAbandonedTape } from "../internal/free-abandoned-tape.js";
import { allFinite, readScalars } from "./read-scalars.js";
import {
  directionsFunction,
  domainsFunction,
  gatherFunction,
  stepFunction,
  updateFunction,
  type Accumulated,
  type StepInputs,
  type StepKind,
  type StepOutputs,
} from "./step-graph.js";
import { pick } from "@vpt/contracts/tensors";
import { disposeUnreferenced, type TrainState } from "./train-state.js";
import type { Derivative } from "../value/value-gradient.js";

/** How one step is taken. The defaults are those that worked on a real model (method 13). */
export interface TrainStepOptions<Batch, View> {
  readonly learner: Learner<Batch, View>;
  readonly optimizer: Optimizer;
  /** Learning rate by step. */
  readonly learningRate: (step: number) => number;
  /** Global-norm clip of the learner's gradient. */
  readonly clipNorm?: number;
  /** Says which steps to give up although their numbers are finite; see {@link lossSpikeDetector}. Asked once a step. */
  readonly skipStep?: (numbers: Readonly<Record<"loss" | "gradientNorm", number>>) => boolean;
  readonly designer: Designer<Batch, View>;
  /** Left out: ordinary pretraining on `designer.plain`, the baseline. */
  readonly value?: ValueStepOptions;
  /** Without `value`: the step from which `designer.design` gives the task, for a target that needs no feedback. Default: none. */
  readonly startDesigningAt?: number;
  /** Parameters that move by a rule at the end of a step; not with micro-batches. */
  readonly postUpdate?: PostUpdate<Batch>;
  /**
   * `compile` of `@vpt/backend`, to run the step as one graph. Give the same options object at every step: what was compiled
   * belongs to it. Batches then hold tensors, numbers and strings only, and come in few shapes.
   */
  readonly compile?: Compile;
  /**
   * Data parallel: several processes with the same state and options, each with its share of the batch. The gradients of learner, designer
   * and feedback and all scalars are averaged, so the step is the one that a single process would take on the mean of their
   * losses. What is not linear in the batch (`preconditioner: "none", similarity: "cosine"`, a penalty on a batch's mean gate) is the mean of each process's own. Not with `follow`.
   */
  readonly allReduce?: AllReduce;
}

/** The designer's half of Algorithm 1. */
export interface ValueStepOptions {
  /**
   * Where g_down comes from. Several are domains, each aligned with its own stream alone, `V = (1/|D|) Σ_d Align(g_down,d, g_pre,d)` (v2
   * eq. 44–46): the batch is then `{ microBatches }`, one a domain in their order; see {@link domainValue} and {@link zipSources}.
   */
  readonly feedback: Feedback | readonly Feedback[];
  /** Aligned subset S: names of the parameters over which the value is taken. */
  readonly subset: readonly string[];
  readonly designerOptimizer: Optimizer;
  readonly designerLearningRate: (step: number) => number;
  readonly designerClipNorm?: number;
  /** A meta step every `updateEvery` learner steps. */
  readonly updateEvery?: number;
  /** Plain steps before the first meta step; bit for bit the baseline's. */
  readonly burnInSteps?: number;
  /** `adam` (the default) scales g by the learner's own Adam state, since that is the step the learner takes. */
  readonly preconditioner?: "adam" | "none";
  /** V as the inner product ⟨g_down, g_pre⟩ (the default) or as the cosine of the two. */
  readonly similarity?: "dot" | "cosine";
  readonly derivative?: Derivative;
  /** β of the average of g_down over meta steps; 0 uses each gradient alone. */
  readonly feedbackEmaDecay?: number;
  /** Start the average anew from g where `cos(g, ḡ)` is below this: what is stale points elsewhere. Default: never; method 8.3 says 0. */
  readonly emaResetCosine?: number;
  /**
   * γ of an average of norms, `n ← γn + (1−γ)‖g‖`, by which each g is divided: one scale through the run, as `normalizeDirection` gives, but a
   * draw that is larger than usual still counts for more. For use with `normalizeDirection: false`. Default: no division.
   */
  readonly feedbackNormEmaDecay?: number;
  /** Feedback batches averaged into the first g_down, so that the average starts from more than one draw. */
  readonly initialFeedbackBatches?: number;
  /** Scale the direction to unit norm: the designer then sees one scale through the run. */
  readonly normalizeDirection?: boolean;
}

/** Scalars of one step, as numbers. `value` and what follows it are there on steps that computed them. */
export type StepMetrics = Readonly<Record<string, number>>;

/**
 * One step of V-Pretraining (Algorithm 1, designer first): on a meta step, feedback → g → ∇_φ V → designer AdamW; then on every step,
 * task from the new designer → learner AdamW. A pure function of its arguments.
 *
 * A step whose loss or gradient is not finite, or whose gradient is exactly zero (nothing in the batch counts), changes no parameter
 * and no moment; it is counted in `state.counts`.
 *
 * @param state Left alone; the caller frees it.
 * @param batch Left alone; the caller frees it. As `{ microBatches }` it is taken piece by piece (gradient accumulation): the value
 *   comes from the first, once a step, or with several feedbacks from each with its own; a closed-form target from each.
 * @returns The next state, which shares the tensors that did not change (see {@link disposeUnreferenced}), and the step's scalars.
 * @example
 * ```ts
 * const { state: next, metrics } = await trainStep(state, batch, { learner, designer, optimizer, learningRate: () => 1e-4, value });
 * disposeUnreferenced(state, next);
 * ```
 * @throws {VptError} When the subset is empty or names a parameter that is not trained, the period is below 1, or several feedbacks do not
 *   meet as many micro-batches. Whatever the learner, the designer or the feedback throw
 *   comes through; nothing leaks.
 * @see arXiv 2601.22108v1, Algorithm 1.
 * @category training
 */
export async function trainStep<Batch, View>(
  state: TrainState,
  batch: Batch | MicroBatches<Batch>,
  options: TrainStepOptions<Batch, View>,
): Promise<{ state: TrainState; metrics: StepMetrics }> {
  const { value, designer } = options;
  if (value) checkValue(state, value);
  if (options.allReduce && options.postUpdate)
    throw new VptError("trainStep: `follow` sees the batch of one process; leave out `allReduce` and train in one");
  const sinceBurnIn = state.step - (value ? (value.burnInSteps ?? 0) : (options.startDesigningAt ?? Infinity));
  const isMeta = value !== undefined && sinceBurnIn >= 0 && sinceBurnIn % (value.updateEvery ?? 8) === 0;
  let current = state;
  let drawn: StepMetrics = {};
  try {
    if (isMeta) ({ state: current, metrics: drawn } = await feedbackStep(current, value!, options.allReduce));
    const isKnown = Object.keys(current.feedbackEma).length > 0;
    const takesValue = isKnown && (isMeta || (sinceBurnIn >= 0 && designer.closedFormTask !== undefined));
    const kind = sinceBurnIn < 0 ? "plain" : takesValue ? "value" : "design";
    const settled = await settle(state, current, kind, batch, options);
    return { ...settled, metrics: { ...settled.metrics, ...drawn } };
  } catch (error) {
    disposeUnreferenced(current, state);
    freeAbandonedTape(); // the feedback's
    throw error;
  }
}

/** What would otherwise pass for a run in which no meta step ever succeeds. */
function checkValue({ optimizer }: TrainState, { subset, updateEvery = 8, feedback }: ValueStepOptions): void {
  if (feedbacksOf(feedback).length === 0) throw new VptError("trainStep: no feedback; give at least one");
  if (subset.length === 0) throw new VptError("trainStep: the aligned subset names no parameter; name at least one");
  pick(optimizer.first, subset, "trainStep: aligned parameter");
  if (!(Number.isInteger(updateEvery) && updateEvery >= 1)) {
    throw new VptError(`trainStep: updateEvery ${updateEvery}; expected a whole number of at least 1`);
  }
}

/** Runs the step's tensors, reads its scalars, and decides what of the new state holds. */
async function settle<Batch, View>(
  state: TrainState,
  current: TrainState,
  kind: StepKind,
  batch: Batch | MicroBatches<Batch>,
  options: TrainStepOptions<Batch, View>,
): Promise<{ state: TrainState; metrics: StepMetrics }> {
  const { params, optimizer, designerParams, designerOptimizer, feedbackEma, counters } = current;
  const learningRate = options.learningRate(state.step);
  const {
    learner,
    auxiliary: followed,
    designer,
    guardScalars,
    loggedScalars,
    designerMetrics,
  } = tf.tidy(() =>
    takeStep(options, batch, {
      kind,
      params,
      moments: { first: optimizer.first, second: optimizer.second },
      numbers: asScalars(options.optimizer.updateScalars(optimizer.count, learningRate)),
      designerParams,
      designerMoments: { first: designerOptimizer.first, second: designerOptimizer.second },
      designerNumbers: asScalars(
        kind === "value"
          ? options.value!.designerOptimizer.updateScalars(
              designerOptimizer.count,
              options.value!.designerLearningRate(state.step),
            )
          : {},
      ),
      feedbackEma,
      ...(options.postUpdate && { postUpdateScalars: asScalars(options.postUpdate.scalars(state.step)) }),
    }),
  );
  const numbers = await readScalars({ ...guardScalars, ...loggedScalars, ...designerMetrics });
  const of = (group: object): StepMetrics =>
    Object.fromEntries(Object.keys(group).map((name) => [name, numbers[name]!]));
  const metrics = { step: state.step, ...of(guardScalars), learningRate, ...of(loggedScalars), ...of(designerMetrics) };
  const { loss, gradientNorm } = numbers as { readonly loss: number; readonly gradientNorm: number };
  if (!allFinite(of(guardScalars)) || gradientNorm === 0 || options.skipStep?.({ loss, gradientNorm })) {
    tf.dispose([learner, followed, designer]);
    return { metrics, state: skip(state, current) };
  }
  const isDesigned = designer !== undefined && allFinite(of(designerMetrics));
  if (!isDesigned) tf.dispose(designer);
  return {
    metrics,
    state: {
      ...current,
      step: state.step + 1,
      params: { ...params, ...learner.params, ...followed },
      optimizer: { count: optimizer.count + 1, ...learner.moments },
      ...(isDesigned && {
        designerParams: designer.params,
        designerOptimizer: { count: designerOptimizer.count + 1, ...designer.moments },
      }),
      ...(designer && !isDesigned && { counters: { ...counters, skippedMeta: counters.skippedMeta + 1 } }),
    },
  };
}

/** Gives up a step: no parameter, moment or average moves, but the streams do, so that the next step draws new data. */
function skip(state: TrainState, current: TrainState): TrainState {
  disposeUnreferenced(current, state);
  const { counters, feedbackRandom } = current;
  return {
    ...state,
    step: state.step + 1,
    feedbackRandom,
    counters: { ...counters, skippedStep: counters.skippedStep + 1 },
  };
}

type Inputs = Omit<StepInputs<never>, "batch">;

const isInPieces = <Batch>(batch: Batch | MicroBatches<Batch>): batch is MicroBatches<Batch> =>
  typeof batch === "object" && batch !== null && "microBatches" in batch;

/** All tensors of a step, at once or micro-batch by micro-batch. */
function takeStep<Batch, View>(
  options: TrainStepOptions<Batch, View>,
  batch: Batch | MicroBatches<Batch>,
  inputs: Inputs,
): StepOutputs {
  const { step, directions: directionsOf, domains, gather, update } = functionsOf(options);
  const feedbacks = options.value ? feedbacksOf(options.value.feedback).length : 1;
  if (!isInPieces(batch)) {
    if (feedbacks > 1)
      throw new VptError(`trainStep: ${feedbacks} feedbacks and one batch; give as many micro-batches`);
    return step({ ...inputs, batch });
  }
  const { microBatches } = batch;
  if (options.postUpdate)
    throw new VptError("trainStep: `follow` needs the whole batch; give it as one, without micro-batches");
  if (microBatches.length === 0) throw new VptError("trainStep: no micro-batches; give at least one");
  if (feedbacks > 1 && microBatches.length !== feedbacks) {
    throw new VptError(
      `trainStep: ${feedbacks} feedbacks and ${microBatches.length} micro-batches; expected one a domain`,
    );
  }
  const directions = directionsOf(inputs);
  const closed = options.designer.closedFormTask !== undefined;
  let moved =
    feedbacks > 1 && inputs.kind === "value" && !closed ? domains(inputs, microBatches, directions) : undefined;
  const values: tf.Scalar[] = [];
  let sum: Accumulated | undefined;
  for (const [i, each] of microBatches.entries()) {
    // A value pass of its own: each piece for a closed form; for a designer the first, unless its domains have moved it
    const direction = closed || (i === 0 && !moved) ? directions[feedbacks > 1 ? i : 0] : undefined;
    const kind = direction || inputs.kind !== "value" ? inputs.kind : "design";
    const designerParams = moved?.designer?.params ?? inputs.designerParams;
    const next = gather({ ...inputs, designerParams, kind, batch: each }, direction, sum);
    tf.dispose(sum);
    sum = next.gathered;
    if (feedbacks > 1 && direction) values.push(next.designerMetrics["value"]!);
    moved ??= next;
  }
  const { designer, designerMetrics } = moved!;
  return {
    ...update(inputs, sum!, microBatches.length, directions),
    designerMetrics: values.length > 0 ? { value: tf.addN(values).div(values.length) as tf.Scalar } : designerMetrics,
    ...(designer && { designer }),
  };
}

interface StepFunctions<Batch> {
  readonly step: (inputs: StepInputs<Batch>) => StepOutputs;
  readonly directions: ReturnType<typeof directionsFunction<Batch, unknown>>;
  readonly domains: ReturnType<typeof domainsFunction<Batch, unknown>>;
  readonly gather: ReturnType<typeof gatherFunction<Batch, unknown>>;
  readonly update: ReturnType<typeof updateFunction<Batch, unknown>>;
  dispose(): void;
}
const stepFunctions = new WeakMap<object, StepFunctions<never>>();

const asItIs: Compile = (f) => f;

/** The functions of these options, made once, so that what was compiled is found again. */
function functionsOf<Batch, View>(options: TrainStepOptions<Batch, View>): StepFunctions<Batch> {
  const known = stepFunctions.get(options) as StepFunctions<Batch> | undefined;
  if (known) return known;
  const { compile = asItIs } = options;
  const step = compile(stepFunction(options));
  const directions = compile(directionsFunction(options));
  const domains = compile(domainsFunction(options));
  const gather = compile(gatherFunction(options));
  const update = compile(updateFunction(options));
  const dispose = (): void => [step, directions, domains, gather, update].forEach((each) => each.dispose?.());
  const made: StepFunctions<Batch> = { step, directions, domains, gather, update, dispose };
  stepFunctions.set(options, made as unknown as StepFunctions<never>);
  return made;
}

/** Frees what `compile` made for these options, which may be used again. */
export function disposeStep<Batch, View>(options: TrainStepOptions<Batch, View>): void {
  stepFunctions.get(options)?.dispose();
  stepFunctions.delete(options);
}

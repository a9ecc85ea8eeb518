import * as tf from "@tensorflow/tfjs";
import type { Optimizer } from "./adam-w.js";
import type { Designer, Feedback, Learner, Params, Task } from "./contracts.js";
import { designerStep } from "./internal/designer-step.js";
import { directionOf, feedbackStep } from "./internal/feedback-step.js";
import { freeAbandonedTape } from "./internal/free-abandoned-tape.js";
import { learnerStep } from "./internal/learner-step.js";
import { pick } from "./params.js";
import { disposeReplaced, type TrainState } from "./train-state.js";
import type { Tangent } from "./value-gradient.js";

/** How one step is taken. The defaults are those that worked on a real model (method 13). */
export interface TrainStepOptions<Batch, View> {
  readonly learner: Learner<Batch, View>;
  readonly optimizer: Optimizer;
  /** Learning rate by step. */
  readonly learningRate: (step: number) => number;
  /** Global-norm clip of the learner's gradient. */
  readonly clipNorm?: number;
  readonly designer: Designer<Batch, View>;
  /** Left out: ordinary pretraining on `designer.plain`, the baseline. */
  readonly value?: ValueStepOptions;
}

/** The designer's half of Algorithm 1. */
export interface ValueStepOptions {
  readonly feedback: Feedback;
  /** Aligned subset S: names of the parameters over which the value is taken. */
  readonly subset: readonly string[];
  readonly designerOptimizer: Optimizer;
  readonly designerLearningRate: (step: number) => number;
  readonly designerClipNorm?: number;
  /** A meta step every `period` learner steps. */
  readonly period?: number;
  /** Plain steps before the first meta step; bit for bit the baseline's. */
  readonly burnInSteps?: number;
  /** `precond`: g scaled by the learner's own Adam state, since that is the step the learner takes. */
  readonly align?: "dot" | "cosine" | "precond";
  readonly tangent?: Tangent;
  /** β of the average of g_down over meta steps; 0 uses each gradient alone. */
  readonly feedbackMomentum?: number;
  /** Feedback batches averaged into the first g_down, so that the average starts from more than one draw. */
  readonly firstFeedbackBatches?: number;
  /** Scale the direction to unit norm: the designer then sees one scale through the run. */
  readonly unitDirection?: boolean;
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
 * @param state,batch Left alone; the caller frees both.
 * @returns The next state, which shares the tensors that did not change (see {@link disposeReplaced}), and the step's scalars.
 * @example
 * ```ts
 * const { state: next, metrics } = await trainStep(state, batch, { learner, designer, optimizer, learningRate: () => 1e-4, value });
 * disposeReplaced(state, next);
 * ```
 * @throws {VptError} When the subset names a parameter that is not trained. Whatever the learner, the designer or the feedback throw
 *   comes through; nothing leaks.
 * @see arXiv 2601.22108v1, Algorithm 1.
 * @category training
 */
export async function trainStep<Batch, View>(
  state: TrainState,
  batch: Batch,
  options: TrainStepOptions<Batch, View>,
): Promise<{ state: TrainState; metrics: StepMetrics }> {
  const { value, designer, learner } = options;
  const trainable = Object.keys(state.optimizer.first);
  if (value) pick(state.optimizer.first, value.subset, "trainStep: aligned parameter");
  const started = tidyBatch(() => learner.prefix?.(state.params, batch, trainable) ?? batch);
  const sinceBurnIn = value ? state.step - (value.burnInSteps ?? 0) : -1;
  const isMeta = sinceBurnIn >= 0 && sinceBurnIn % (value?.period ?? 8) === 0;
  let current = state;
  let direction: Params | undefined;
  let closedTask: Task | undefined;
  let designed: StepMetrics = {};
  try {
    if (isMeta) current = await feedbackStep(current, value!);
    if (isMeta || (sinceBurnIn >= 0 && designer.fromValue)) direction = directionOf(current, value!, options.optimizer);
    if (direction) {
      ({
        state: current,
        metrics: designed,
        task: closedTask,
      } = await designerStep(current, started, direction, options, value!));
    }
    const taskOf = (view: View): Task => {
      if (closedTask) return closedTask;
      if (sinceBurnIn < 0 || designer.fromValue) return designer.plain(started, view);
      return designer.design(current.designerParams, started, view);
    };
    const { state: next, metrics } = await learnerStep(current, started, taskOf, direction, options);
    return { state: next ?? skip(state, current), metrics: { step: state.step, ...metrics, ...designed } };
  } catch (error) {
    disposeReplaced(current, state);
    freeAbandonedTape(); // the feedback's
    throw error;
  } finally {
    tf.dispose([direction, closedTask]);
    disposeOwn(started, batch);
  }
}

/** Gives up a step: no parameter, moment or average moves, but the streams do, so that the next step draws new data. */
function skip(state: TrainState, current: TrainState): TrainState {
  disposeReplaced(current, state);
  const { counts, feedbackRandom } = current;
  return { ...state, step: state.step + 1, feedbackRandom, counts: { ...counts, skippedStep: counts.skippedStep + 1 } };
}

// A batch is a tree of tensors for tfjs, but its type is the user's own.
const tensorsIn = (batch: unknown): tf.Tensor[] => tf.tensor_util.getTensorsInContainer(batch as tf.TensorContainer);
const tidyBatch = <Batch>(f: () => Batch): Batch => tf.tidy(f as () => tf.TensorContainer) as Batch;

/** Frees the tensors that `prefix` added to a batch. */
function disposeOwn(started: unknown, batch: unknown): void {
  const given = new Set(tensorsIn(batch));
  tf.dispose(tensorsIn(started).filter((tensor) => !given.has(tensor)));
}

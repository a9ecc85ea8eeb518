import type * as tf from "@tensorflow/tfjs";
import {
  type AllReduce,
  type Auxiliary,
  type Params,
  type Random,
  type Task,
  VptError,
  randomFromState,
} from "@vpt/contracts";
import type { UpdateScalars } from "../optim/adam-w.js";
import { flattenGroups, groupOf } from "./groups.js";
import type { TrainState } from "./train-state.js";

/** What {@link AuxiliaryUpdate.beforeMetaStep} changed. */
export interface AuxiliaryPatch {
  /** The next value of each group that changed: new tensors, which the state owns from then on. */
  readonly auxiliary: Auxiliary;
  /** Numbers that go with them, such as a loss average; they join `state.counters` and survive a checkpoint. */
  readonly counters?: Readonly<Record<string, number>>;
  /** False makes this step, and all until the next meta step, a baseline step. */
  readonly ready: boolean;
  /** Numbers for the log of this step. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** What one learner step did, for the rule that follows it. */
export interface StepOutcome<Batch> {
  /** All parameters as the loss used them. */
  readonly before: Params;
  /** The trained ones after their update. */
  readonly after: Params;
  /** The groups as the loss used them. */
  readonly auxiliary: Auxiliary;
  readonly batch: Batch;
  /** The task that the loss used. */
  readonly task: Task;
  /** {@link AuxiliaryUpdate.scalars} of this step. */
  readonly scalars: UpdateScalars;
}

/**
 * A rule around the step that moves what no learner gradient moves: an EMA teacher, a running centre, evaluator heads.
 *
 * @example
 * ```ts
 * import type { AuxiliaryUpdate } from "@vpt/core";
 * import { mapParams } from "@vpt/contracts/tensors";
 *
 * const averaged: AuxiliaryUpdate<unknown> = {
 *   scalars: () => ({ momentum: 0.99 }),
 *   afterStep: ({ after, auxiliary: { teacher }, scalars: { momentum } }) => ({
 *     auxiliary: {
 *       teacher: mapParams(teacher!, (tensor, name) => tensor.sub(after[name]!).mul(momentum!).add(after[name]!)),
 *     },
 *   }),
 * };
 * ```
 * @category training
 */
export interface AuxiliaryUpdate<Batch> {
  /** The stream of `state.random` that {@link AuxiliaryUpdate.beforeMetaStep} draws from. Default: `"auxiliary"`. */
  readonly randomStream?: string;
  /**
   * Runs before a meta step, for instance a few updates of evaluator heads on the frozen backbone. In a data-parallel
   * run every process runs it on the same state and random stream and must come to the same result.
   */
  beforeMetaStep?(state: TrainState, random: Random): Promise<AuxiliaryPatch>;
  /** Numbers of a step, such as a momentum. They become tensors, so that one compiled step serves all steps. */
  scalars?(step: number): Readonly<Record<string, number>>;
  /**
   * Runs inside the compiled step, after the learner's update: pure, new tensors. Over micro-batches and processes its
   * groups and scalars are averaged, so what depends on the batch must do so linearly, as the mean of the teacher's
   * logits does.
   */
  afterStep?(outcome: StepOutcome<Batch>): {
    readonly auxiliary: Auxiliary;
    readonly loggedScalars?: Readonly<Record<string, tf.Scalar>>;
  };
}

/** What a rule computed in one step: new tensors. */
export type AuxiliaryOutputs = {
  readonly auxiliary: Record<string, Params>;
  readonly loggedScalars: Readonly<Record<string, tf.Scalar>>;
};

/**
 * Applies {@link AuxiliaryUpdate.beforeMetaStep}; counts in `deferredMeta` how many meta steps in a row it was not
 * ready for.
 */
export async function prepareMetaStep<Batch>(
  state: TrainState,
  rule: AuxiliaryUpdate<Batch> | undefined,
): Promise<{ readonly state: TrainState; readonly metrics: Readonly<Record<string, number>> }> {
  if (!rule?.beforeMetaStep) return { state, metrics: {} };
  const { randomStream = "auxiliary" } = rule;
  const saved = state.random[randomStream];
  if (!saved)
    throw new VptError(
      `trainStep: the state has no random stream "${randomStream}"; give createTrainState({ random: { ` +
        `${randomStream}: randomFromSeed(seed, "${randomStream}").state() } })`,
    );
  const random = randomFromState(saved);
  const { auxiliary, counters = {}, ready, metrics = {} } = await rule.beforeMetaStep(state, random);
  const deferredMeta = ready ? 0 : (state.counters["deferredMeta"] ?? 0) + 1;
  return {
    metrics,
    state: {
      ...state,
      auxiliary: { ...state.auxiliary, ...auxiliary },
      counters: { ...state.counters, ...counters, deferredMeta },
      random: { ...state.random, [randomStream]: random.state() },
    },
  };
}

/** Applies {@link AuxiliaryUpdate.afterStep} and averages what it gives over the processes. */
export function updateAuxiliary<Batch>(
  outcome: StepOutcome<Batch>,
  { auxiliary: rule, allReduce }: { readonly auxiliary?: AuxiliaryUpdate<Batch>; readonly allReduce?: AllReduce },
): AuxiliaryOutputs | undefined {
  if (!rule?.afterStep) return undefined;
  const { auxiliary, loggedScalars = {} } = rule.afterStep(outcome);
  if (!allReduce) return { auxiliary: { ...auxiliary }, loggedScalars };
  const mean = allReduce(flattenGroups({ ...auxiliary, [scalarsGroup]: loggedScalars }), "auxiliary");
  return {
    auxiliary: Object.fromEntries(Object.keys(auxiliary).map((name) => [name, groupOf(mean, name)])),
    loggedScalars: groupOf(mean, scalarsGroup) as AuxiliaryOutputs["loggedScalars"],
  };
}

const scalarsGroup = "logged scalars";

import * as tf from "@tensorflow/tfjs";
import type { AdamWState, Optimizer } from "../optim/adam-w.js";
import { type Params, randomFromSeed } from "@vpt/contracts";
import { assertSameStructure, pick } from "@vpt/contracts/tensors";

/** Everything a run is at one moment, as plain data: saving, resuming and replaying need no special case. */
export interface TrainState {
  /** Learner steps done. */
  readonly step: number;
  readonly params: Params;
  /** Moments of the trained parameters: their names say which are trained. */
  readonly optimizer: AdamWState;
  readonly designerParams: Params;
  readonly designerOptimizer: AdamWState;
  /** Average of g_down over meta steps; empty before the first. */
  readonly feedbackEma: Params;
  /** Average of ‖g_down‖, where the run asks for it. */
  readonly feedbackNormEma?: number;
  /** Meta steps taken, and how many of them and of the learner's steps were skipped because a number was not finite. */
  readonly counters: { readonly meta: number; readonly skippedMeta: number; readonly skippedStep: number };
  /** State of the random stream that feedback draws from. */
  readonly feedbackRandom: readonly number[];
}

/** What a new run starts from. */
export interface TrainStateOptions {
  readonly params: Params;
  /** Names of the parameters the learner trains; all of them when left out. */
  readonly trainable?: readonly string[];
  readonly designerParams?: Params;
  readonly optimizer: Optimizer;
  readonly designerOptimizer?: Optimizer;
  readonly seed: number;
}

/**
 * The state before the first step. It holds the given tensors themselves, and new ones for the moments.
 *
 * @returns A state whose tensors the caller owns; see {@link disposeUnreferenced}.
 * @throws {VptError} When a trainable name is not among the parameters.
 * @example
 * ```ts
 * const state = createTrainState({ params, designerParams: designer.init(0), optimizer: adamW(), seed: 0 });
 * ```
 */
export const createTrainState = ({
  params,
  trainable = Object.keys(params),
  designerParams = {},
  optimizer,
  designerOptimizer = optimizer,
  seed,
}: TrainStateOptions): TrainState => ({
  step: 0,
  params,
  optimizer: optimizer.init(pick(params, trainable)),
  designerParams,
  designerOptimizer: designerOptimizer.init(designerParams),
  feedbackEma: {},
  counters: { meta: 0, skippedMeta: 0, skippedStep: 0 },
  feedbackRandom: randomFromSeed(seed, "feedback").state(),
});

/** The tensors of a state, by group. */
const groupsOf = (state: TrainState) => ({
  params: state.params,
  "optimizer.first": state.optimizer.first,
  "optimizer.second": state.optimizer.second,
  designer: state.designerParams,
  "designerOptimizer.first": state.designerOptimizer.first,
  "designerOptimizer.second": state.designerOptimizer.second,
  feedbackEma: state.feedbackEma,
});

const flatten = (groups: Readonly<Record<string, Params>>): Params =>
  Object.fromEntries(
    Object.entries(groups).flatMap(([group, tensors]) =>
      Object.entries(tensors).map(([name, tensor]) => [`${group}/${name}`, tensor]),
    ),
  );

/**
 * Frees the tensors of `previous` that `next` does not hold: a step shares what it did not change.
 *
 * @example
 * ```ts
 * const { state: next } = await trainStep(state, batch, options);
 * disposeUnreferenced(state, next);
 * ```
 */
export function disposeUnreferenced(previous: TrainState, next: TrainState): void {
  const held = new Set(Object.values(flatten(groupsOf(next))));
  tf.dispose(Object.values(flatten(groupsOf(previous))).filter((tensor) => !held.has(tensor)));
}

/** A state as a checkpoint stores it: tensors by name, and the rest as JSON. */
export interface PackedTrainState {
  readonly tensors: Params;
  readonly json: Omit<TrainState, "params" | "optimizer" | "designerParams" | "designerOptimizer" | "feedbackEma"> & {
    readonly optimizerCount: number;
    readonly designerOptimizerCount: number;
  };
}

/**
 * The state's own tensors, not copies, under checkpoint names. Parameters that are not trained stay with the model they came from.
 *
 * @example
 * ```ts
 * const { tensors, json } = packTrainState(state);
 * ```
 */
export function packTrainState(state: TrainState): PackedTrainState {
  const { step, counters, feedbackRandom, feedbackNormEma: feedbackNorm } = state;
  const trained = pick(state.params, Object.keys(state.optimizer.first));
  return {
    tensors: flatten({ ...groupsOf(state), params: trained }),
    json: {
      step,
      counters,
      feedbackRandom,
      ...(feedbackNorm !== undefined && { feedbackNormEma: feedbackNorm }),
      optimizerCount: state.optimizer.count,
      designerOptimizerCount: state.designerOptimizer.count,
    },
  };
}

/**
 * The state that {@link packTrainState} packed; `params` are the model's own, of which the trained ones are replaced.
 *
 * @example
 * ```ts
 * const state = unpackTrainState({ tensors, json }, params);
 * ```
 * @throws {VptError} When a trained parameter is not the model's, {@link ShapeMismatchError} when it has another shape there.
 */
export function unpackTrainState({ tensors, json }: PackedTrainState, params: Params): TrainState {
  const { optimizerCount, designerOptimizerCount, ...rest } = json;
  const group = (name: string): Params =>
    Object.fromEntries(
      Object.entries(tensors).flatMap(([key, tensor]) =>
        key.startsWith(`${name}/`) ? [[key.slice(name.length + 1), tensor] as const] : [],
      ),
    );
  const trained = group("params");
  assertSameStructure(trained, pick(params, Object.keys(trained)), "saved parameter");
  return {
    ...rest,
    params: { ...params, ...trained },
    optimizer: { count: optimizerCount, first: group("optimizer.first"), second: group("optimizer.second") },
    designerParams: group("designer"),
    designerOptimizer: {
      count: designerOptimizerCount,
      first: group("designerOptimizer.first"),
      second: group("designerOptimizer.second"),
    },
    feedbackEma: group("feedbackEma"),
  };
}

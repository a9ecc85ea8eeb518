import * as tf from "@tensorflow/tfjs";
import type { AdamWState, Optimizer } from "../optim/adam-w.js";
import { type Auxiliary, type Params, randomFromSeed } from "@vpt/contracts";
import { assertSameStructure, pick } from "@vpt/contracts/tensors";
import { flattenGroups, groupOf } from "./groups.js";

/** Everything a run is at one moment, as plain data: saving, resuming and replaying need no special case. */
export interface TrainState {
  /** Learner steps done. */
  readonly step: number;
  /** All parameters θ of the learner, trained and frozen. */
  readonly params: Params;
  /** Moments of the trained parameters: their names say which are trained. */
  readonly optimizer: AdamWState;
  /** The designer's parameters φ. */
  readonly designerParams: Params;
  readonly designerOptimizer: AdamWState;
  /** Exponential moving average (EMA) of g_down over meta steps; empty before the first. */
  readonly feedbackEma: Params;
  /**
   * The aligned parameters one downstream step ahead of where the newest direction was measured, for a designer whose
   * `lookahead` is anchored; empty before the first.
   */
  readonly ahead: Params;
  /** EMA of ‖g_down‖, with `feedbackNormEmaDecay`. */
  readonly feedbackNormEma?: number;
  /** What no learner gradient moves, by name: "teacher", "centre", "evaluator". An `AuxiliaryUpdate` moves it. */
  readonly auxiliary: Auxiliary;
  /**
   * Meta steps taken, and how many of them and of the learner's steps were skipped because a number was not finite. An
   * `AuxiliaryUpdate` adds numbers of its own, which need not be whole.
   */
  readonly counters: {
    readonly meta: number;
    readonly skippedMeta: number;
    readonly skippedStep: number;
    readonly [name: string]: number;
  };
  /** States of random streams by name; feedback draws from "feedback". */
  readonly random: Readonly<Record<string, readonly number[]>>;
}

/** What a new run starts from. */
export interface TrainStateOptions {
  readonly params: Params;
  /** Names of the parameters the learner trains; all of them when left out. */
  readonly trainable?: readonly string[];
  readonly designerParams?: Params;
  readonly optimizer: Optimizer;
  readonly designerOptimizer?: Optimizer;
  /** Seeds the stream that feedback draws from. */
  readonly seed: number;
  /** Groups that an `AuxiliaryUpdate` moves. */
  readonly auxiliary?: Auxiliary;
  /** Further counters. */
  readonly counters?: Readonly<Record<string, number>>;
  /** Further random streams. */
  readonly random?: TrainState["random"];
}

/**
 * Returns the state before the first step. It holds the given tensors themselves, and new ones for the moments.
 *
 * @returns A state whose tensors the caller owns; see {@link disposeUnreferenced}.
 * @throws {VptError} When a trainable name is not among the parameters.
 * @example
 * ```ts
 * import { adamW, createTrainState } from "@vpt/core";
 *
 * const state = createTrainState({ params, designerParams: designer.init(0), optimizer: adamW(), seed: 0 });
 * ```
 * @category training
 */
export const createTrainState = ({
  params,
  trainable = Object.keys(params),
  designerParams = {},
  optimizer,
  designerOptimizer = optimizer,
  seed,
  auxiliary = {},
  counters = {},
  random = {},
}: TrainStateOptions): TrainState => ({
  step: 0,
  params,
  optimizer: optimizer.init(pick(params, trainable)),
  designerParams,
  designerOptimizer: designerOptimizer.init(designerParams),
  feedbackEma: {},
  ahead: {},
  auxiliary,
  counters: { ...counters, meta: 0, skippedMeta: 0, skippedStep: 0 },
  random: { feedback: randomFromSeed(seed, "feedback").state(), ...random },
});

const auxiliaryPrefix = "auxiliary.";

/** The tensors of a state, by the name of their group in a checkpoint. */
const groupsOf = (state: TrainState): Readonly<Record<string, Params>> => ({
  params: state.params,
  "optimizer.first": state.optimizer.first,
  "optimizer.second": state.optimizer.second,
  designer: state.designerParams,
  "designerOptimizer.first": state.designerOptimizer.first,
  "designerOptimizer.second": state.designerOptimizer.second,
  feedbackEma: state.feedbackEma,
  ahead: state.ahead,
  ...Object.fromEntries(
    Object.entries(state.auxiliary).map(([name, tensors]) => [`${auxiliaryPrefix}${name}`, tensors]),
  ),
});

const isState = (given: TrainState | Params): given is TrainState => typeof given["step"] === "number";
const tensorsOf = (given: TrainState | Params): tf.Tensor[] =>
  Object.values(isState(given) ? flattenGroups(groupsOf(given)) : given);

/**
 * Frees the tensors of `previous` that nothing in `keep` holds: a step shares what it did not change.
 *
 * @param keep States or named tensors that live on; none frees all of `previous`.
 * @example
 * ```ts
 * import { disposeUnreferenced, trainStep } from "@vpt/core";
 *
 * const { state: next } = await trainStep(state, batch, options);
 * disposeUnreferenced(state, next);
 * ```
 * @category training
 */
export function disposeUnreferenced(previous: TrainState, ...keep: readonly (TrainState | Params)[]): void {
  const kept = new Set(keep.flatMap(tensorsOf));
  tf.dispose(tensorsOf(previous).filter((tensor) => !kept.has(tensor)));
}

type Tensors = "params" | "optimizer" | "designerParams" | "designerOptimizer" | "feedbackEma" | "ahead" | "auxiliary";

/** A state as a checkpoint stores it: tensors under `group/name`, and the rest as JSON. */
export interface PackedTrainState {
  readonly tensors: Params;
  readonly json: Omit<TrainState, Tensors> & {
    readonly optimizerCount: number;
    readonly designerOptimizerCount: number;
    /** Names of the auxiliary groups. */
    readonly auxiliary: readonly string[];
  };
}

/**
 * Returns the state's own tensors, not copies, under checkpoint names. Frozen parameters stay with the model they came
 * from.
 *
 * @example
 * ```ts
 * import { packTrainState } from "@vpt/core";
 *
 * const { tensors, json } = packTrainState(state);
 * ```
 * @category checkpoints
 */
export function packTrainState(state: TrainState): PackedTrainState {
  const { step, counters, random, feedbackNormEma } = state;
  const trained = pick(state.params, Object.keys(state.optimizer.first));
  return {
    tensors: flattenGroups({ ...groupsOf(state), params: trained }),
    json: {
      step,
      counters,
      random,
      ...(feedbackNormEma !== undefined && { feedbackNormEma }),
      optimizerCount: state.optimizer.count,
      designerOptimizerCount: state.designerOptimizer.count,
      auxiliary: Object.keys(state.auxiliary),
    },
  };
}

/**
 * Returns the state that {@link packTrainState} packed; `params` are the model's own, of which the trained ones are
 * replaced.
 *
 * @throws {VptError} When a trained parameter is not the model's, {@link ShapeMismatchError} when it has another shape
 *   there.
 * @example
 * ```ts
 * import { packTrainState, unpackTrainState } from "@vpt/core";
 *
 * const packed = packTrainState(state);
 * const same = unpackTrainState(packed, params);
 * ```
 * @category checkpoints
 */
export function unpackTrainState({ tensors, json }: PackedTrainState, params: Params): TrainState {
  const { optimizerCount, designerOptimizerCount, auxiliary, ...rest } = json;
  const group = (name: string): Params => groupOf(tensors, name);
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
    ahead: group("ahead"),
    auxiliary: Object.fromEntries(auxiliary.map((name) => [name, group(`${auxiliaryPrefix}${name}`)])),
  };
}

import * as tf from "@tensorflow/tfjs";
import { randomFromSeed, type TrainState } from "@vpt/core";
import type { HeadState } from "./heads/head-step.js";

/** Everything a vision run is at one moment. `train.params` hold student, teacher, centre and heads. */
export interface VisionState {
  readonly train: TrainState;
  readonly heads?: HeadState;
  readonly headRandom: readonly number[];
}

/** The stream that heads draw from at the start of a run. */
export const evaluatorRandomState = (seed: number): readonly number[] => randomFromSeed(seed, "heads").state();

const tensorsOf = ({ train, heads }: VisionState): tf.Tensor[] =>
  [
    train.params,
    train.optimizer.first,
    train.optimizer.second,
    train.designerParams,
    train.designerOptimizer.first,
    train.designerOptimizer.second,
    train.feedbackEma,
    heads?.params ?? {},
    heads?.optimizer.first ?? {},
    heads?.optimizer.second ?? {},
  ].flatMap((group) => Object.values(group));

/** Frees what a state in the middle of a step held and neither end does. */
export function disposeBetween(middle: VisionState, start: VisionState, end: VisionState): void {
  const held = new Set([...tensorsOf(start), ...tensorsOf(end)]);
  tf.dispose(tensorsOf(middle).filter((tensor) => !held.has(tensor)));
}

/**
 * Frees the tensors of `previous` that `next` does not hold.
 *
 * @example
 * ```ts
 * disposeReplacedVision(state, next);
 * ```
 * @category training
 */
export function disposeReplacedVision(previous: VisionState, next: VisionState): void {
  const held = new Set(tensorsOf(next));
  tf.dispose(tensorsOf(previous).filter((tensor) => !held.has(tensor)));
}

/** A vision run's state as checkpoints of `@vpt/core/run` take it. */
export interface PackedVisionState {
  readonly state: TrainState;
  readonly data: {
    readonly headRandom: readonly number[];
    readonly headCount: number;
    readonly headLosses?: NonNullable<HeadState["losses"]>;
  };
}
const extra = "follow:";

/**
 * The state as one `TrainState` whose designer group also carries what moves by a rule (teacher, centre, heads and their moments),
 * and the rest as JSON. The tensors are the state's own.
 *
 * @example
 * ```ts
 * await checkpoints.save(packVisionState(state));
 * ```
 * @category training
 */
export function packVisionState({ train, heads, headRandom }: VisionState): PackedVisionState {
  const rest = Object.entries(train.params).filter(([name]) => !(name in train.optimizer.first));
  const moments = (group: "first" | "second"): [string, tf.Tensor][] =>
    Object.entries(heads?.optimizer[group] ?? {}).map(([name, tensor]) => [`${group}:${name}`, tensor]);
  const followers = [...rest, ...moments("first"), ...moments("second")].map(([name, tensor]) => [
    `${extra}${name}`,
    tensor,
  ]);
  return {
    state: { ...train, designerParams: { ...train.designerParams, ...Object.fromEntries(followers) } },
    data: { headRandom, headCount: heads?.optimizer.count ?? 0, ...(heads?.losses && { headLosses: heads.losses }) },
  };
}

/**
 * The state that {@link packVisionState} packed, after a trip through a checkpoint.
 *
 * @example
 * ```ts
 * const state = unpackVisionState((await checkpoints.latest(start.params))!);
 * ```
 * @category training
 */
export function unpackVisionState({ state, data }: PackedVisionState): VisionState {
  const under = (prefix: string): Record<string, tf.Tensor> =>
    Object.fromEntries(
      Object.entries(state.designerParams).flatMap(([name, tensor]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
      ),
    );
  const designer = Object.entries(state.designerParams).filter(([name]) => !name.startsWith(extra));
  const [first, second] = [under(`${extra}first:`), under(`${extra}second:`)];
  const followers = Object.entries(under(extra)).filter(([name]) => !/^(first|second):/.test(name));
  const heads = Object.fromEntries(followers.filter(([name]) => name.startsWith("evaluator.")));
  const train = {
    ...state,
    designerParams: Object.fromEntries(designer),
    params: { ...state.params, ...Object.fromEntries(followers) },
  };
  return {
    train,
    headRandom: data.headRandom,
    ...(Object.keys(first).length > 0 && {
      heads: {
        params: heads,
        optimizer: { count: data.headCount, first, second },
        ...(data.headLosses && { losses: data.headLosses }),
      },
    }),
  };
}

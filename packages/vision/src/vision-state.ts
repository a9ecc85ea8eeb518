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
export const headStream = (seed: number): readonly number[] => randomFromSeed(seed, "heads").state();

const tensorsOf = ({ train, heads }: VisionState): tf.Tensor[] =>
  [
    train.params,
    train.optimizer.first,
    train.optimizer.second,
    train.designerParams,
    train.designerOptimizer.first,
    train.designerOptimizer.second,
    train.feedbackAverage,
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

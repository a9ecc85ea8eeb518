import type * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";

/**
 * Scales another direction until it has the effect of the value's, so that a control differs in where it points and not
 * in how far it goes: `d′·effect(d)/effect(d′)`. A random direction of the same norm has a fraction of the effect, and
 * preconditioning takes most of that away.
 *
 * @param effect A measure of what a direction does that grows linearly with it, such as `directionEffect` of
 *   `@vpt/lang`, the deviation of the log-probabilities' derivatives along it.
 * @returns New tensors, owned by the caller; zeros where `other` has no effect.
 * @example
 * ```ts
 * import { globalNorm, matchEffect, type Params } from "@vpt/core";
 *
 * const replaceDirection = (direction: Params, { average }: { average: Params }) =>
 *   matchEffect(average, direction, globalNorm); // the raw direction, as long as the preconditioned one
 * ```
 * @see Not in the paper, whose random control is not matched.
 * @category feedback
 */
export function matchEffect(other: Params, direction: Params, effect: (direction: Params) => tf.Scalar): Params {
  const scale = effect(direction).divNoNan(effect(other));
  return mapParams(other, (tensor) => tensor.mul(scale));
}

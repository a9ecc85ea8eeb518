import * as tf from "@tensorflow/tfjs";
import { alignmentValue } from "../value/alignment-value.js";
import type { Params } from "@vpt/contracts";
import { innerProduct, pick } from "@vpt/contracts/tensors";

/** The value over an aligned subset beside the value over all parameters; the caller owns the scalars. */
export type AlignedSubsetGap = {
  /** V over all parameters. */
  readonly value: tf.Scalar;
  /** V_S over the subset. */
  readonly subsetValue: tf.Scalar;
  /** `‖g_down,S̄‖·‖g_pre,S̄‖ ≥ |V − V_S|`. */
  readonly bound: tf.Scalar;
  /** `‖g_down,S‖²/‖g_down‖²`. */
  readonly downstreamShare: tf.Scalar;
  /** `‖g_pre,S‖²/‖g_pre‖²`. */
  readonly pretrainingShare: tf.Scalar;
};

/**
 * Computes the part of the value that a subset S of the parameters leaves out, and its bound `|V − V_S| ≤
 * ‖g_down,S̄‖·‖g_pre,S̄‖`, where S̄ is the complement of S.
 *
 * @param downstream Gradients of all parameters; left alone.
 * @param pretraining Gradients of all parameters; left alone.
 * @throws {VptError} When the subset names a parameter without a gradient, or the two differ in names or shapes.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { alignedSubsetGap } from "@vpt/core";
 *
 * const downstream = { body: tf.tensor1d([1]), head: tf.tensor1d([2]) };
 * const pretraining = { body: tf.tensor1d([3]), head: tf.tensor1d([1]) };
 * const { value, subsetValue, bound } = alignedSubsetGap(downstream, pretraining, ["head"]); // 5, 2, 3
 * ```
 * @see arXiv 2601.22108v1, equation 20.
 * @category diagnostics
 */
export function alignedSubsetGap(downstream: Params, pretraining: Params, subset: readonly string[]): AlignedSubsetGap {
  return tf.tidy(() => {
    const value = alignmentValue(downstream, pretraining);
    const inside = pick(downstream, subset, "alignedSubsetGap: parameter");
    const outside = pick(
      downstream,
      Object.keys(downstream).filter((name) => !subset.includes(name)),
    );
    const others = pick(pretraining, Object.keys(outside));
    const share = (part: Params, whole: Params): tf.Scalar =>
      innerProduct(part, part).divNoNan(innerProduct(whole, whole)) as tf.Scalar;
    return {
      value,
      subsetValue: innerProduct(inside, pretraining),
      bound: innerProduct(outside, outside).mul(innerProduct(others, others)).sqrt() as tf.Scalar,
      downstreamShare: share(inside, downstream),
      pretrainingShare: share(pick(pretraining, subset), pretraining),
    };
  });
}

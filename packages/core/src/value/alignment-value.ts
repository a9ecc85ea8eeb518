import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { assertSameStructure, globalNorm, innerProduct } from "@vpt/contracts/tensors";

/**
 * Value of a pretraining step: to first order, how much it lowers the downstream loss per unit of learning rate.
 * `V = Σ_i ⟨g_down,i , g_pre,i⟩` over parameters `i`; larger is better.
 *
 * @param downstream Gradients of the downstream loss, one tensor per parameter.
 * @param pretraining Gradients of the pretraining loss, same names and shapes.
 * @returns Scalar, owned by the caller. Inputs are left alone.
 * @throws {ShapeMismatchError} When two shapes differ; {@link VptError} when a name is missing.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { alignmentValue } from "@vpt/core";
 *
 * const value = alignmentValue({ w: tf.tensor1d([1, 2]) }, { w: tf.tensor1d([3, 1]) });
 * value.print(); // 5
 * ```
 * @see arXiv 2601.22108v1, equation 14. Differs: any subset of the parameters may be given.
 * @category value
 */
export function alignmentValue(downstream: Params, pretraining: Params): tf.Scalar {
  assertSameStructure(downstream, pretraining, "alignmentValue");
  return innerProduct(downstream, pretraining);
}

/**
 * Cosine of the angle between two gradients of the same parameters; 0 when either vanishes.
 * Use it to report alignment: {@link alignmentValue} alone can grow by inflating the pretraining gradient.
 *
 * @returns Scalar, owned by the caller.
 * @throws {ShapeMismatchError} When two shapes differ; {@link VptError} when a name is missing.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { alignmentCosine } from "@vpt/core";
 *
 * alignmentCosine({ w: tf.tensor1d([3, 4]) }, { w: tf.tensor1d([4, 3]) }).print(); // 0.96
 * ```
 * @see arXiv 2601.22108v2, equation 42.
 * @category value
 */
export function alignmentCosine(downstream: Params, pretraining: Params): tf.Scalar {
  assertSameStructure(downstream, pretraining, "alignmentCosine");
  return tf.tidy(() => {
    const norms = globalNorm(downstream).mul(globalNorm(pretraining));
    return innerProduct(downstream, pretraining).divNoNan(norms) as tf.Scalar;
  });
}

import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { assertSameStructure, innerProduct, mapParams, pick } from "@vpt/contracts/tensors";

/**
 * Computes the value of the step that was taken, `−⟨g_down, Δθ⟩`, whatever the optimizer did with the gradient. For SGD
 * it is `η·V`. For AdamW with momentum, decay and clipping it is the first-order decrease of the downstream loss.
 *
 * @param downstream Its names are the aligned subset.
 * @returns Scalar, owned by the caller. Inputs are left alone.
 * @throws {VptError} When a name is missing; {@link ShapeMismatchError} when a shape differs.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { realizedDecrease } from "@vpt/core";
 *
 * const value = realizedDecrease({ w: tf.tensor1d([2]) }, { w: tf.tensor1d([1]) }, { w: tf.tensor1d([0.5]) }); // 1
 * ```
 * @see arXiv 2601.22108v2, equation 35.
 * @category diagnostics
 */
export const realizedDecrease = (downstream: Params, before: Params, after: Params): tf.Scalar =>
  tf.tidy(() => {
    const names = Object.keys(downstream);
    const [from, to] = [pick(before, names), pick(after, names)];
    assertSameStructure(downstream, from, "realizedDecrease: before");
    assertSameStructure(downstream, to, "realizedDecrease: after");
    return innerProduct(
      downstream,
      mapParams(from, (tensor, name) => tensor.sub(to[name]!)),
    );
  });

import * as tf from "@tensorflow/tfjs";
import type { Params } from "./contracts.js";
import { ShapeMismatchError, VptError } from "./errors.js";

/**
 * The entries of `params` named in `names`: the same tensors, not copies.
 *
 * @param what What a missing name is called in the error.
 * @throws {VptError} When one is missing.
 * @example
 * ```ts
 * import { pick } from "@vpt/contracts/tensors";
 *
 * const tail = pick(params, ["model.norm.weight"]);
 * ```
 */
export const pick = (params: Params, names: readonly string[], what = "parameter"): Params =>
  Object.fromEntries(
    names.map((name) => {
      const tensor = params[name];
      if (!tensor) throw new VptError(`${what} "${name}": not among the ${Object.keys(params).length} given`);
      return [name, tensor];
    }),
  );

/**
 * `f` on each tensor, under the same names.
 *
 * @example
 * ```ts
 * import { mapParams } from "@vpt/contracts/tensors";
 *
 * const negative = mapParams(gradients, (tensor) => tensor.neg());
 * ```
 */
export const mapParams = (params: Params, f: (tensor: tf.Tensor, name: string) => tf.Tensor): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, f(tensor, name)]));

/**
 * Copies of the tensors, under the same names: whoever frees one leaves the other alone.
 *
 * @returns New tensors, owned by the caller.
 * @example
 * ```ts
 * import { cloneParams } from "@vpt/contracts/tensors";
 *
 * const own = cloneParams(params);
 * ```
 */
export const cloneParams = <T extends Params>(params: T): T => mapParams(params, (tensor) => tensor.clone()) as T;

/** Throws unless both records have the same names and shapes. */
export function assertSameStructure(a: Params, b: Params, what: string): void {
  for (const [name, tensor] of Object.entries(a)) {
    const other = b[name];
    if (!other) throw new VptError(`${what}: no tensor for "${name}"`);
    if (!tf.util.arraysEqual(tensor.shape, other.shape)) {
      throw new ShapeMismatchError({
        operand: `${what} "${name}"`,
        expected: `[${tensor.shape.join(", ")}]`,
        received: other.shape,
      });
    }
  }
  const extra = Object.keys(b).find((name) => !(name in a));
  if (extra !== undefined) throw new VptError(`${what}: "${extra}" has no counterpart`);
}

/**
 * `Σ_i ⟨a_i, b_i⟩` over the names of `a`: the inner product of two parameter-shaped vectors.
 *
 * @returns Scalar, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { innerProduct } from "@vpt/contracts/tensors";
 *
 * innerProduct({ w: tf.tensor1d([1, 2]) }, { w: tf.tensor1d([3, 1]) }).print(); // 5
 * ```
 * @see `alignmentValue` of `@vpt/core`, which also checks names and shapes.
 */
export const innerProduct = (a: Params, b: Params): tf.Scalar =>
  tf.tidy(() => {
    // In the order of names, so that the same tensors give the same bits however the record was made: a checkpoint
    // sorts.
    const names = Object.keys(a).sort();
    const terms = names.map((name) => a[name]!.mul(b[name]!).sum());
    return terms.length === 0 ? tf.scalar(0) : (tf.addN(terms) as tf.Scalar);
  });

/**
 * Euclidean norm over all tensors, `√(Σ_i ‖a_i‖²)`.
 *
 * @returns Scalar, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { globalNorm } from "@vpt/contracts/tensors";
 *
 * globalNorm({ a: tf.tensor1d([3, 0]), b: tf.scalar(4) }).print(); // 5
 * ```
 */
export const globalNorm = (params: Params): tf.Scalar =>
  tf.tidy(() => innerProduct(params, params).sqrt() as tf.Scalar);

/**
 * Scales all tensors by `min(1, maximum / ‖a‖)`, `‖a‖` over all of them together (Pascanu et al. 2013).
 *
 * @returns New tensors and the norm before clipping, owned by the caller. Below the maximum the values do not change by
 *   a bit.
 * @example
 * ```ts
 * import { clipByGlobalNorm } from "@vpt/contracts/tensors";
 *
 * const { clipped, norm } = clipByGlobalNorm(gradients, 1);
 * ```
 */
export function clipByGlobalNorm(params: Params, maximum: number): { clipped: Params; norm: tf.Scalar } {
  return tf.tidy(() => {
    const norm = globalNorm(params);
    const factor = tf.minimum(1, tf.div(maximum, norm.add(1e-12)));
    return { clipped: mapParams(params, (tensor) => tensor.mul(factor)), norm };
  });
}

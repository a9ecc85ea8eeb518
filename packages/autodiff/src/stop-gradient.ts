import { mapTree } from "./internal/map-tree.js";
import { constantAlias } from "./internal/tangent-scope.js";

/**
 * `x` as a constant: the same value, with zero gradient on the tape and zero tangent under {@link jvp}. tfjs has no
 * such op.
 *
 * The result is a new tensor on the same data (nothing is copied) that the tape does not know, so kernels that have no
 * gradient may follow it; behind a `tf.customGrad` with zero gradients they would throw.
 *
 * @param x A tensor, or tensors in arrays and plain records; other leaves are passed along.
 * @returns The same structure, owned by the caller as an op's result is.
 * @example `tf.grad((x) => tf.mul(x, stopGradient(x)))(tf.scalar(3)); // 3, not 6`
 * @see {@link detached} to run more than one op as a constant.
 * @category constants
 */
export const stopGradient = <T>(x: T): T => mapTree(x, constantAlias) as T;

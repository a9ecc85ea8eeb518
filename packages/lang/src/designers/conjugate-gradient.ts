import type * as tf from "@tensorflow/tfjs";

/**
 * Solves `M w = b` for each column of b by conjugate gradients, for a symmetric positive definite M given as a product.
 * A column that has converged stays where it is.
 *
 * @param product `M w` of all columns at once.
 * @param start Where to begin: the solution of the problem before, if there is one.
 * @returns `[X, D]`, owned by the caller.
 */
export function conjugateGradient(
  product: (w_XD: tf.Tensor2D) => tf.Tensor2D,
  b_XD: tf.Tensor2D,
  start: tf.Tensor2D,
  iterations: number,
): tf.Tensor2D {
  const perColumn = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D => a.mul(b).sum(0, true);
  let w = start;
  let residual = b_XD.sub<tf.Tensor2D>(product(w));
  let towards = residual;
  let squared = perColumn(residual, residual);
  for (let i = 0; i < iterations; i++) {
    const moved = product(towards);
    const length = squared.divNoNan(perColumn(towards, moved));
    w = w.add<tf.Tensor2D>(towards.mul(length));
    residual = residual.sub<tf.Tensor2D>(moved.mul(length));
    const next = perColumn(residual, residual);
    towards = residual.add<tf.Tensor2D>(towards.mul(next.divNoNan(squared)));
    squared = next;
  }
  return w;
}

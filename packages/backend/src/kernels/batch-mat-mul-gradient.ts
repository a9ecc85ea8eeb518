import * as tf from "@tensorflow/tfjs";

/** Sums the leading axes along which `shape` was broadcast. */
const reduceTo = (gradient: tf.Tensor, shape: readonly number[]): tf.Tensor => {
  const missing = gradient.rank - shape.length;
  const axes = gradient.shape.flatMap((size, i) => (i < missing || shape[i - missing] !== size ? [i] : []));
  return axes.length === 0 ? gradient : tf.sum(gradient, axes).reshape([...shape]);
};

/**
 * tfjs's own gradient, with the batch axes along which an operand was broadcast summed again (stock tfjs throws there).
 */
export const batchMatMulGradient = (stock: tf.GradConfig): tf.GradConfig => ({
  ...stock,
  gradFunc: (dy, saved, attrs) => {
    const gradients = stock.gradFunc(dy, saved, attrs);
    const reduced = Object.entries(gradients).map(([name, gradient], i) => [
      name,
      () => reduceTo(gradient(), saved[i]!.shape),
    ]);
    return Object.fromEntries(reduced) as ReturnType<tf.GradFunc>;
  },
});

import * as tf from "@tensorflow/tfjs";

/** Weights of {@link linear} in PyTorch's layout, so that checkpoints need no transpose. */
export interface LinearParams {
  /** `[out, in]` */
  readonly weight: tf.Tensor2D;
  /** `[out]` */
  readonly bias?: tf.Tensor1D | undefined;
}

/**
 * `y = x Wᵀ + b`.
 *
 * @param x `[rows, in]`: fold batch and time into rows, one large product beats many small ones.
 * @returns `[rows, out]`, owned by the caller.
 * @example
 * ```ts
 * const y = linear(tf.tensor2d([[1, 2]]), { weight: tf.tensor2d([[3, 4]]), bias: tf.tensor1d([5]) });
 * y.print(); // [[16]]
 * ```
 * @see PyTorch `torch.nn.functional.linear`.
 * @category layers
 */
export const linear = (x: tf.Tensor2D, { weight, bias }: LinearParams): tf.Tensor2D =>
  bias === undefined
    ? tf.matMul(x, weight, false, true)
    : tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(x, weight, false, true), bias));

import * as tf from "@tensorflow/tfjs";

// Axes: R rows, C columns

/**
 * Keys of {@link dropoutMask} are whole numbers below this: a prime whose square, and a little more, fits in 31 bits.
 */
export const dropoutKeys = 46_337;

/**
 * A dropout mask made of small keys: 0 where `(a_r + b_r·k_c) mod 46337` is below the rate's share, else
 * `1/(1 − rate)`. The same keys give the same bits on every backend, and inside a compiled step nothing is drawn. Over
 * random `a, b` each entry is dropped with the probability `rate` (to 1/46337) and any two of a row independently, so
 * mean and covariance are those of independent draws; rows are independent.
 *
 * @param keys_R2 int32 `a, b`, drawn anew for every batch, below {@link dropoutKeys}.
 * @param columns_C int32, fixed for a layer; likewise.
 * @param rate In [0, 1).
 * @returns `[R, C]` float32, owned by the caller. Multiply what is dropped by it.
 * @example
 * ```ts
 * const mask_RC = dropoutMask(tf.tensor2d([[7, 40]], [1, 2], "int32"), tf.tensor1d([3, 46000], "int32"), 0.05);
 * ```
 * @see Carter and Wegman, Universal classes of hash functions (1979); PyTorch `torch.nn.Dropout`.
 * @category lora
 */
export const dropoutMask = (keys_R2: tf.Tensor2D, columns_C: tf.Tensor1D, rate: number): tf.Tensor2D =>
  tf.tidy(() => {
    const dropped = Math.round(rate * dropoutKeys);
    const [a_R1, b_R1] = tf.split(keys_R2, 2, 1);
    const hash_RC = tf.mod(tf.add(tf.mul(b_R1!, columns_C.expandDims(0)), a_R1!), tf.scalar(dropoutKeys, "int32"));
    const kept_RC = tf.cast(tf.greaterEqual(hash_RC, tf.scalar(dropped, "int32")), "float32");
    return tf.mul<tf.Tensor2D>(kept_RC, dropoutKeys / (dropoutKeys - dropped));
  });

import * as tf from "@tensorflow/tfjs";

/**
 * `x·σ(x)`, also called swish.
 *
 * @returns The shape of `x`, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { silu } from "@vpt/nn";
 * silu(tf.tensor1d([0, 1])).print(); // [0, 0.7311]
 * ```
 * @see arXiv 1702.03118.
 * @category activations
 */
export const silu = <T extends tf.Tensor>(x: T): T => tf.tidy(() => tf.mul<T>(x, tf.sigmoid(x)));

/**
 * Gaussian error linear unit: `x·Φ(x)`. `"erf"` is exact (PyTorch's default, DINO); `"tanh"` is the approximation
 * `x/2·(1 + tanh(√(2/π)(x + 0.044715 x³)))` (GPT-2, SiT).
 *
 * @returns The shape of `x`, owned by the caller.
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { gelu } from "@vpt/nn";
 * gelu(tf.tensor1d([1])).print(); // [0.8413]
 * ```
 * @see arXiv 1606.08415; PyTorch `torch.nn.functional.gelu`.
 * @category activations
 */
export const gelu = <T extends tf.Tensor>(x: T, { form = "erf" }: { readonly form?: "erf" | "tanh" } = {}): T =>
  tf.tidy(() => {
    const gate =
      form === "erf"
        ? tf.erf(tf.mul(x, Math.SQRT1_2))
        : tf.tanh(tf.mul(x, tf.add(tf.mul(tf.square(x), Math.sqrt(2 / Math.PI) * 0.044715), Math.sqrt(2 / Math.PI))));
    return tf.mul<T>(tf.mul(x, 0.5), tf.add(gate, 1));
  });

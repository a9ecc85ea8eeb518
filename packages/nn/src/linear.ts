import * as tf from "@tensorflow/tfjs";
import { loraTerm, type LoraParams } from "./lora.js";

/** Weights of {@link linear} in PyTorch's layout, so that checkpoints need no transpose. */
export interface LinearParams {
  /** `[out, in]` */
  readonly weight: tf.Tensor2D;
  /** `[out]` */
  readonly bias?: tf.Tensor1D | undefined;
  /** Adds `(α/r)·(x Aᵀ) Bᵀ`. */
  readonly lora?: LoraParams | undefined;
}

/**
 * `y = x Wᵀ + b`, and with an adapter `+ (α/r)·(x Aᵀ) Bᵀ`.
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
export const linear = (x: tf.Tensor2D, { weight, bias, lora }: LinearParams): tf.Tensor2D =>
  tf.tidy((): tf.Tensor2D => {
    const plain: tf.Tensor2D = tf.matMul(x, weight, false, true);
    const adapted = lora === undefined ? plain : tf.add<tf.Tensor2D>(plain, loraTerm(x, lora));
    return bias === undefined ? adapted : tf.add<tf.Tensor2D>(adapted, bias);
  });

import * as tf from "@tensorflow/tfjs";
import { silu } from "./activations.js";
import { linear, type LinearParams } from "./linear.js";

/** Weights of {@link swiGlu}: `gate` and `up` are `[inner, width]`, `down` is `[width, inner]`. */
export interface SwiGluParams {
  readonly gate: LinearParams;
  readonly up: LinearParams;
  readonly down: LinearParams;
}

/**
 * Gated feed-forward layer: `y = W_down (silu(W_gate x) ⊙ W_up x)`.
 *
 * @param x `[rows, width]`
 * @returns `[rows, width]`, owned by the caller.
 * @example
 * ```ts
 * const one = { weight: tf.tensor2d([[1]]) };
 * swiGlu(tf.tensor2d([[2]]), { gate: one, up: one, down: one }).print(); // [[3.5232]] = 2·2·σ(2)
 * ```
 * @see arXiv 2002.05202; Hugging Face `LlamaMLP`.
 * @category layers
 */
export const swiGlu = (x: tf.Tensor2D, { gate, up, down }: SwiGluParams): tf.Tensor2D =>
  tf.tidy(() => linear(tf.mul<tf.Tensor2D>(silu(linear(x, gate)), linear(x, up)), down));

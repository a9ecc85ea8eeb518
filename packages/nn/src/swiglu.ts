import * as tf from "@tensorflow/tfjs";
import { silu } from "./activations.js";
import { linear, type LinearParams } from "./linear.js";

/** Weights of {@link swiGlu}: `gate` and `up` are `[inner, width]`, `down` is `[width, inner]`. */
export interface SwiGluParams {
  readonly gate: LinearParams;
  readonly up: LinearParams;
  readonly down: LinearParams;
}

/** `silu(gate) ⊙ up` that keeps its two factors for the gradient, nothing between, and multiplies by `dy` first: so a compiled step holds no third. */
const gated = tf.customGrad((...given) => {
  const [gate, up, save] = given as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
  save([gate, up]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
    const [gate, up] = saved as [tf.Tensor, tf.Tensor];
    const open = tf.sigmoid(gate);
    const passed = tf.mul(dy, open);
    const moved = tf.mul(passed, up);
    const bent = tf.mul(moved, gate);
    return [tf.add(moved, tf.sub(bent, tf.mul(bent, open))), tf.mul(passed, gate)]; // dy·u·σ(1 + g(1 − σ)), dy·g·σ
  };
  return { value: tf.mul(silu(gate), up), gradFunc };
}) as unknown as (gate: tf.Tensor2D, up: tf.Tensor2D) => tf.Tensor2D;

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
  tf.tidy(() => linear(gated(linear(x, gate), linear(x, up)), down));

import * as tf from "@tensorflow/tfjs";
import { optimizationBarrier } from "@vpt/autodiff";
import { silu } from "./activations.js";
import { linear, type LinearParams } from "./linear.js";

/** Weights of {@link swiGlu}: `gate` and `up` are `[inner, width]`, `down` is `[width, inner]`. */
export interface SwiGluParams {
  readonly gate: LinearParams;
  readonly up: LinearParams;
  readonly down: LinearParams;
}

/**
 * `d·u·σ(1 + g(1 − σ))` and `d·g·σ`: what a gradient d of `silu(g) ⊙ u` is for g and u. Every product has d in it, so
 * that none is made before d is there.
 */
const gateGradients = (d: tf.Tensor, gate: tf.Tensor, up: tf.Tensor, open: tf.Tensor): [tf.Tensor, tf.Tensor] => {
  const passed = tf.mul(d, open);
  const moved = tf.mul(passed, up);
  const bent = tf.mul(moved, gate);
  return [tf.add(moved, tf.sub(bent, tf.mul(bent, open))), tf.mul(passed, gate)];
};

/** `silu(gate) ⊙ up`, of which the factors alone are kept for the gradient. */
const gated = tf.customGrad((...given) => {
  const [gate, up, save] = given as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
  save([gate, up]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
    const [gate, up] = saved as [tf.Tensor, tf.Tensor];
    return gateGradients(dy, gate, up, tf.sigmoid(optimizationBarrier(gate, dy)));
  };
  return { value: tf.mul(silu(gate), up), gradFunc };
}) as unknown as (gate: tf.Tensor2D, up: tf.Tensor2D) => tf.Tensor2D;

/** `(silu(gate) ⊙ up) Wᵀ`, which makes the product again for the gradient too. */
const gatedLinear = tf.customGrad((...given) => {
  const [gate, up, weight, save] = given as unknown as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
  save([gate, up, weight]);
  const gradFunc = (d: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
    const dy = d as tf.Tensor2D;
    const [gate, up, weight] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    const again = optimizationBarrier(gate, dy);
    const open = tf.sigmoid(again);
    const product = tf.mul(tf.mul(again, open), up);
    return [...gateGradients(tf.matMul(dy, weight), gate, up, open), tf.matMul(dy, product, true)];
  };
  return { value: tf.matMul(tf.mul(silu(gate), up), weight, false, true), gradFunc };
}) as unknown as (gate: tf.Tensor2D, up: tf.Tensor2D, weight: tf.Tensor2D) => tf.Tensor2D;

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
  tf.tidy(() => {
    const [opening, wide] = [linear(x, gate), linear(x, up)];
    if (down.lora) return linear(gated(opening, wide), down); // an adapter reads the product as well
    const y = gatedLinear(opening, wide, down.weight);
    return down.bias === undefined ? y : tf.add(y, down.bias);
  });

import * as tf from "@tensorflow/tfjs";
import { offTape } from "./internal/engine.js";
import { optimizationBarrier } from "./optimization-barrier.js";

/**
 * `f(x, weights)`, of which nothing but `x` and the weights is kept for the gradient: when that is taken, `f` runs
 * again (activation recompute, also called gradient checkpointing). Memory for time; values and gradients have the same
 * bits.
 *
 * The second run waits for the gradient that comes in, so that it stays a second run where a compiler merges what is
 * written twice.
 *
 * @param f A pure function. What it captures is constant.
 * @param x What changes with the input, such as hidden states.
 * @param weights Further tensors with gradients, by name.
 * @returns What `f` returned, owned by the caller.
 * @example
 * const layer = (x) => checkpointed((x, { w }) => tf.tanh(tf.matMul(x, w)), x, { w: tf.eye(2) });
 * tf.grad((x) => tf.sum(layer(x)))(tf.tensor2d([[1, 2]])).print(); // → [0.41997, 0.07065]
 * @see arXiv 1604.06174, training with sublinear memory cost.
 * @category constants
 */
export const checkpointed = <X extends tf.Tensor, Y extends tf.Tensor>(
  f: (x: X, weights: Readonly<Record<string, tf.Tensor>>) => Y,
  x: X,
  weights: Readonly<Record<string, tf.Tensor>> = {},
): Y => {
  const names = Object.keys(weights);
  const run = (first: tf.Tensor, ...others: tf.Tensor[]): tf.Tensor =>
    tf.tidy(() => f(first as X, Object.fromEntries(names.map((name, i) => [name, others[i]!]))));
  const again = tf.customGrad((...given) => {
    const save = given.pop() as tf.GradSaveFunc;
    const tensors = given as tf.Tensor[];
    save(tensors);
    return {
      value: run(...(tensors as [tf.Tensor])),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [first, ...others] = saved as [tf.Tensor, ...tf.Tensor[]];
        const gradients = tf.grads(run as (...args: tf.Tensor[]) => tf.Tensor);
        // On a tape of its own: the one that this gradient is taken from is still in use
        return offTape(() => gradients([optimizationBarrier(first, dy), ...others], dy));
      },
    };
  });
  return again(x, ...names.map((name) => weights[name]!)) as Y;
};

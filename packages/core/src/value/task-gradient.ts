import * as tf from "@tensorflow/tfjs";
import type { Auxiliary, Learner, Params, Task } from "@vpt/contracts";
import type { KeepAlive } from "../internal/with-kept-tensors.js";

/** A learner's loss, with its gradient in the float tensors of the task. */
export type TaskGradient = {
  readonly loss: tf.Scalar;
  readonly gradient: Record<string, tf.Tensor>;
};

/**
 * `L(θ, task)` and `∂L/∂task` in one forward.
 *
 * The task is built from the view, in the middle of the forward, so it cannot be one of the inputs that `tf.grads`
 * watches. Each float tensor of the task passes instead through an identity whose gradient function keeps what arrives;
 * a watched zero makes the tape visit it.
 */
export function taskGradient<Batch, View>(
  learner: Learner<Batch, View>,
  params: Params,
  batch: Batch,
  taskOf: (view: View) => Task,
  keep: KeepAlive,
  auxiliary?: Auxiliary,
): TaskGradient {
  const gradient: Record<string, tf.Tensor> = {};
  const watched = (tensor: tf.Tensor, name: string, zero: tf.Tensor): tf.Tensor =>
    tf.customGrad(() => ({
      value: tensor.clone(),
      gradFunc: (dy: tf.Tensor) => {
        gradient[name] = keep(dy);
        return tf.scalar(0);
      },
    }))(zero);
  const { value } = tf.valueAndGrad((zero: tf.Tensor) =>
    learner.loss(
      params,
      batch,
      (view) =>
        Object.fromEntries(
          Object.entries(taskOf(view)).map(([name, tensor]) => [
            name,
            tensor.dtype === "float32" ? watched(tensor, name, zero) : tensor,
          ]),
        ),
      auxiliary,
    ),
  )(tf.scalar(0));
  return { loss: value as tf.Scalar, gradient };
}

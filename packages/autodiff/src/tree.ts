import type * as tf from "@tensorflow/tfjs";

/**
 * A tensor, or an array or record of trees: what functions under {@link jvp} may return.
 *
 * @example `const out: TensorTree = { value: tf.scalar(1), layers: [tf.zeros([2])] };`
 * @category types
 */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/**
 * Named tensors, such as a model's parameters.
 * @category types
 */
export type TensorRecord = Readonly<Record<string, tf.Tensor>>;

import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";

/** A loss and its gradient by what moves; `fixed` and `moving` are the loss's parameters together. New tensors. */
export function namedGradients(
  loss: (params: Params) => tf.Scalar,
  fixed: Params,
  moving: Params,
): { readonly loss: tf.Scalar; readonly gradient: Params } {
  const names = Object.keys(moving);
  const named = (tensors: readonly tf.Tensor[]): Params =>
    Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => loss({ ...fixed, ...named(tensors) }))(
    Object.values(moving),
  );
  return { loss: value, gradient: named(grads) };
}

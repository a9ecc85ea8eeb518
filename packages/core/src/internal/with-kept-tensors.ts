import * as tf from "@tensorflow/tfjs";
import { freeAbandonedTape } from "./free-abandoned-tape.js";

/** Keeps copies of tensors past the tidies of tfjs until `holding` returns: `hold(tree)` is the same tree, held. */
export type KeepAlive = <T>(tree: T) => T;

/** Runs `f` in a tidy; what it holds dies with it, what it returns is the caller's. */
export function withKeptTensors<T extends tf.TensorContainer>(f: (hold: KeepAlive) => T): T {
  const held: tf.Tensor[] = [];
  const hold = (tree: unknown): unknown => {
    if (tree instanceof tf.Tensor) {
      const copy = tf.keep(tree.clone());
      held.push(copy);
      return copy;
    }
    if (Array.isArray(tree)) return tree.map(hold);
    if (typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree)) return tree;
    return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, hold(value)]));
  };
  try {
    return tf.tidy(() => f(hold as KeepAlive));
  } catch (error) {
    freeAbandonedTape();
    throw error;
  } finally {
    tf.dispose(held);
  }
}

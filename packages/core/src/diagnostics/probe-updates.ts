import * as tf from "@tensorflow/tfjs";
import type { Compile, Params } from "@vpt/contracts";
import { namedGradients } from "../step/named-gradients.js";
import { innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import type { ProbeResult } from "./probe.js";

/** Measures updates of the parameters against one downstream loss. */
export interface ProbeUpdates {
  /**
   * Returns one pair for each update, in order. An update holds the parameters that moved, the same names in all of
   * them. `moves` may be a generator that makes and frees each update in turn: one is read before the next is made. The
   * given tensors are left alone.
   *
   * @param inspect Called once with the gradient of the loss at θ by what moves, which is freed when it resolves.
   */
  evaluate(
    before: Params,
    moves: Iterable<Params>,
    inspect?: (gradient: Params) => void | Promise<void>,
  ): Promise<ProbeResult[]>;
  /** Frees what was compiled. */
  dispose(): void;
}

/**
 * Prepares the probe of one loss for many updates: the loss and its gradient are computed once at θ, and the loss once
 * for each update. With `compile`, both are compiled once and reused until `dispose`.
 *
 * @example
 * ```ts
 * import { mapParams, probeUpdates, type Params } from "@vpt/core";
 * import { nextTokenTask } from "@vpt/lang";
 *
 * const probe = probeUpdates((at: Params) => learner.loss(at, batch, () => nextTokenTask(batch)));
 * const stepped = (rate: number) => mapParams(gradients, (tensor, name) => params[name]!.sub(tensor.mul(rate)));
 * const [whole, half] = await probe.evaluate(params, [stepped(0.1), stepped(0.05)]);
 * probe.dispose();
 * ```
 * @see arXiv 2601.22108v1, appendix A.6.
 * @category diagnostics
 */
export function probeUpdates(downstream: (params: Params) => tf.Scalar, compile: Compile = (f) => f): ProbeUpdates {
  const lossOf = compile(downstream);
  const slopeOf = compile((before: Params, moving: Params) => namedGradients(downstream, before, moving));
  return {
    async evaluate(before, moves, inspect) {
      let slope: ReturnType<typeof slopeOf> | undefined;
      const read: tf.Tensor[] = [];
      try {
        for (const after of moves) {
          slope ??= slopeOf(before, pick(before, Object.keys(after)));
          const { loss, gradient } = slope;
          const pair = tf.tidy(() => {
            const decrease = mapParams(after, (tensor, name) => before[name]!.sub(tensor));
            const realised = loss.sub(lossOf({ ...before, ...after }));
            return tf.stack([loss, innerProduct(gradient, decrease), realised]);
          });
          read.push(pair);
        }
        if (slope) await inspect?.(slope.gradient);
        const pairs = await Promise.all(read.map((pair) => pair.data()));
        return pairs.map(([loss, predicted, realised]) => ({
          loss: loss!,
          predicted: predicted!,
          realised: realised!,
        }));
      } finally {
        tf.dispose([read, slope] as tf.TensorContainer);
      }
    },
    dispose() {
      lossOf.dispose?.();
      slopeOf.dispose?.();
    },
  };
}

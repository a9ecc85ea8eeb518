import * as tf from "@tensorflow/tfjs";
import type { Compile, Params } from "@vpt/contracts";
import { namedGradients } from "../step/named-gradients.js";
import { innerProduct, mapParams, pick } from "@vpt/contracts/tensors";
import type { ProbeResult } from "./probe.js";

/** Measures moves of the parameters against one downstream loss. */
export interface ProbeUpdates {
  /**
   * One pair a move, in order. A move holds what moved, the same names in all of them. A generator may make each when
   * it is asked for, and free it then: a move is read before the next is asked for. The tensors given are left alone.
   */
  evaluate(before: Params, moves: Iterable<Params>): Promise<ProbeResult[]>;
  /** Frees what was compiled. */
  dispose(): void;
}

/**
 * The probe of one loss for many moves: the loss and its gradient are taken once at θ, and the loss once a move. With
 * `compile`, both are compiled once, for as long as the probe is used.
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
    async evaluate(before, moves) {
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

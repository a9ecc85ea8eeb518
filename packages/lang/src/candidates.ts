import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { largestIds } from "./largest-ids.js";

/**
 * Candidate ids: the true next token in slot 0, then the learner's `count − 1` best others, best first.
 *
 * @param logits_NV Constant; ids at or past `vocabularySize` are padding rows of the head and never chosen.
 * @returns int32 `[N, count]`, owned by the caller. Has no gradient: call it on detached tensors.
 * @throws {VptError} When `count` is not between 1 and the vocabulary's size.
 * @example
 * ```ts
 * const ids_NK = candidateIds(logits_NV, labels_N, { count: 32 });
 * ```
 * @see arXiv 2601.22108v2, the candidate set C_t = {y_t} ∪ TopK_{K−1}(p_t \ {y_t}).
 */
export const candidateIds = (
  logits_NV: tf.Tensor2D,
  labels_N: tf.Tensor1D,
  { count, vocabularySize = logits_NV.shape[1] }: { readonly count: number; readonly vocabularySize?: number },
): tf.Tensor2D =>
  tf.tidy(() => {
    if (!(count >= 1 && count <= vocabularySize)) {
      throw new VptError(
        `candidates: ${count} of a vocabulary of ${vocabularySize}; expected a number between 1 and ${vocabularySize}`,
      );
    }
    const next_N1 = labels_N.expandDims(1);
    if (count === 1) return next_N1.clone() as tf.Tensor2D;
    const real = vocabularySize < logits_NV.shape[1] ? logits_NV.slice([0, 0], [-1, vocabularySize]) : logits_NV;
    const best_NK = largestIds(real, count);
    // Leave out y where it is among the best, else the last: entries from there on move up by one.
    const isNext = best_NK.equal(next_N1).cast("int32");
    const absent = tf.sub(1, isNext.max(1, true)).cast("int32");
    const gone_N1 = isNext
      .argMax(1)
      .cast("int32")
      .expandDims(1)
      .add(absent.mul(tf.scalar(count - 1, "int32")));
    const slots_1K = tf.range(0, count - 1, 1, "int32").expandDims(0);
    const moved_NK = slots_1K.greaterEqual(gone_N1).cast("int32");
    const earlier = best_NK.slice([0, 0], [-1, count - 1]);
    const later = best_NK.slice([0, 1], [-1, count - 1]);
    const others = earlier.mul(tf.scalar(1, "int32").sub(moved_NK)).add(later.mul(moved_NK));
    return tf.concat([next_N1, others.cast("int32")], 1) as tf.Tensor2D;
  });

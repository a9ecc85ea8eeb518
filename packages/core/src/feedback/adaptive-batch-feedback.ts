import * as tf from "@tensorflow/tfjs";
import type { Feedback, Params, Random } from "@vpt/contracts";
import { alignmentCosine } from "../value/alignment-value.js";
import { mapParams } from "@vpt/contracts/tensors";

/** Options of {@link adaptiveBatchFeedback}. */
export interface AdaptiveBatchFeedbackOptions {
  /** Below this cosine of the two halves more batches are drawn. Default 0.1. */
  readonly minCosine?: number;
  /** At most this many batches a half. Default 8. */
  readonly maxBatches?: number;
  /** Called for each gradient with the cosine of its halves and the number of batches in each half. */
  readonly onSignal?: (told: { readonly cosine: number; readonly batchesPerHalf: number }) => void;
}

/**
 * Adapts the size of the feedback batch to its noise: draws two independent half batches, doubles both while their
 * cosine stays below `minCosine`, and returns the mean of all. The cosine of the halves measures signal against noise:
 * near 0 the gradient is mostly noise.
 *
 * @example
 * ```ts
 * import { adaptiveBatchFeedback } from "@vpt/core";
 * import { lmFeedback } from "@vpt/lang";
 *
 * const half = lmFeedback(config, { examples: gsm8k, batchSize: 8 });
 * const feedback = adaptiveBatchFeedback(half, { onSignal: console.log });
 * ```
 * @see Method 8.4; not in the paper.
 * @category feedback
 */
export const adaptiveBatchFeedback = (
  feedback: Feedback,
  { minCosine = 0.1, maxBatches = 8, onSignal }: AdaptiveBatchFeedbackOptions = {},
): Feedback => ({
  async gradient(...given) {
    const draw = (): Promise<Params> => Promise.resolve(feedback.gradient(...given));
    const halves: [Params, Params] = [await draw(), await draw()];
    let batches = 1;
    let cosine = await cosineOf(halves);
    while (!(cosine >= minCosine) && batches * 2 <= maxBatches) {
      for (const half of [0, 1] as const) halves[half] = await grow(halves[half], batches, draw);
      batches *= 2;
      cosine = await cosineOf(halves);
    }
    onSignal?.({ cosine, batchesPerHalf: batches });
    const mean = tf.tidy(() => mapParams(halves[0], (tensor, name) => tensor.add(halves[1][name]!).div(2)));
    tf.dispose(halves as unknown as tf.TensorContainer);
    return mean;
  },
});

/** The mean of `batches` draws becomes that of twice as many; frees what it replaces. */
async function grow(half: Params, batches: number, draw: () => Promise<Params>): Promise<Params> {
  let mean = half;
  for (let i = 0; i < batches; i++) {
    const more = await draw();
    const count = batches + i + 1;
    const next = tf.tidy(() => mapParams(mean, (tensor, name) => tensor.add(more[name]!.sub(tensor).div(count))));
    tf.dispose([mean, more] as unknown as tf.TensorContainer);
    mean = next;
  }
  return mean;
}

async function cosineOf([a, b]: readonly [Params, Params]): Promise<number> {
  const cosine = alignmentCosine(a, b);
  const [value] = await cosine.data();
  cosine.dispose();
  return value!;
}

/** Cosine between two draws of `feedback`: how much of one gradient is signal. */
export async function gradientAgreement(
  feedback: Feedback,
  params: Params,
  subset: readonly string[],
  random: Random,
): Promise<number> {
  const [a, b] = [await feedback.gradient(params, subset, random), await feedback.gradient(params, subset, random)];
  const cosine = await cosineOf([a, b]);
  tf.dispose([a, b] as unknown as tf.TensorContainer);
  return cosine;
}

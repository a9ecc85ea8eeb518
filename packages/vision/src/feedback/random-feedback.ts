import * as tf from "@tensorflow/tfjs";
import { pick, type Feedback } from "@vpt/core";

/**
 * The ablation arm: a standard normal direction instead of a gradient, a new one at every meta step.
 *
 * @example
 * ```ts
 * import { randomFeedback } from "@vpt/vision";
 *
 * const feedback = randomFeedback();
 * ```
 * @see arXiv 2601.22108v1, Table 4, "random g_down".
 * @category feedback
 */
export const randomFeedback = (): Feedback => ({
  gradient: (params, subset, random) =>
    Object.fromEntries(
      Object.entries(pick(params, subset)).map(([name, { shape, size }]) => [
        name,
        tf.tensor(
          Float32Array.from({ length: size }, () => random.normal()),
          shape,
        ),
      ]),
    ),
});

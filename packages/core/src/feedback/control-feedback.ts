import * as tf from "@tensorflow/tfjs";
import type { Feedback, Params } from "@vpt/contracts";
import { globalNorm, mapParams } from "@vpt/contracts/tensors";

/**
 * Replaces the gradient of `feedback` with a fresh Gaussian direction of the same norm at every call: the random
 * control. A gain that remains with it is not due to the feedback's direction.
 *
 * @example
 * ```ts
 * import { randomFeedback } from "@vpt/core";
 * import { lmFeedback } from "@vpt/lang";
 *
 * const control = { ...value, feedback: randomFeedback(lmFeedback(config, { examples: gsm8k })) };
 * ```
 * @see arXiv 2601.22108v1, table 4 ("random feedback"). The paper does not say how it draws; norm and redraw are ours.
 * @category feedback
 */
export const randomFeedback = (feedback: Feedback): Feedback => ({
  async gradient(...given) {
    const [, , random] = given;
    const gradient = await feedback.gradient(...given);
    const direction = tf.tidy(() => {
      const noise = mapParams(gradient, ({ size, shape }) => {
        const values = new Float32Array(size);
        for (let i = 0; i < size; i++) values[i] = random.normal();
        return tf.tensor(values, [...shape]);
      });
      const scale = globalNorm(gradient).divNoNan(globalNorm(noise));
      return mapParams(noise, (tensor) => tensor.mul(scale));
    });
    tf.dispose(gradient);
    return direction;
  },
});

/**
 * Negates the gradient: the sign-flipped control, `−g_down`. It should make the learner worse downstream; if it does
 * not, the direction carries no signal.
 *
 * @example
 * ```ts
 * import { negatedFeedback } from "@vpt/core";
 * import { lmFeedback } from "@vpt/lang";
 *
 * const control = { ...value, feedback: negatedFeedback(lmFeedback(config, { examples: gsm8k })) };
 * ```
 * @see Not in the paper; method 12.3's controls.
 * @category feedback
 */
export const negatedFeedback = (feedback: Feedback): Feedback => ({
  async gradient(...given) {
    const gradient: Params = await feedback.gradient(...given);
    const flipped = tf.tidy(() => mapParams(gradient, (tensor) => tensor.neg()));
    tf.dispose(gradient);
    return flipped;
  },
});

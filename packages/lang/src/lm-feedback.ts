import * as tf from "@tensorflow/tfjs";
import { VptError, type Feedback, type Params, type Random } from "@vpt/core";
import { causalLearner, nextTokenTask } from "./causal-learner.js";
import { collate, type CollateOptions, type Example } from "./language-batch.js";
import type { DecoderConfig } from "./model/index.js";

/** Labeled examples and how many of them make one gradient. */
export interface LmFeedbackOptions extends CollateOptions {
  readonly examples: readonly Example[];
  readonly batchSize?: number;
}

/**
 * Feedback from worked answers: `g_down = ∇_θ_S` of their mean answer loss on a batch drawn without replacement.
 * Draws of different calls are independent, which is what Lemma 3.3 asks for.
 *
 * @throws {VptError} When there are no examples.
 * @example
 * ```ts
 * const feedback = lmFeedback(config, { examples: gsm8k, batchSize: 8 });
 * ```
 * @see arXiv 2601.22108v1, equation 12.
 */
export function lmFeedback(
  config: DecoderConfig,
  { examples, batchSize = 8, ...options }: LmFeedbackOptions,
): Feedback {
  if (examples.length === 0)
    throw new VptError("lmFeedback: no feedback examples; give at least one with a counted answer token");
  const learner = causalLearner(config);
  return {
    gradient: (params, subset, random) =>
      tf.tidy(() => {
        const batch = collate(draw(examples, batchSize, random), options);
        const started = learner.prefix!(params, batch, subset);
        const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
          const moving = Object.fromEntries(subset.map((name, i) => [name, tensors[i]!]));
          return learner.loss({ ...params, ...moving }, started, () => nextTokenTask(started));
        };
        const gradients = tf.grads(loss)(subset.map((name) => params[name]!));
        return Object.fromEntries(subset.map((name, i) => [name, gradients[i]!])) as Params;
      }),
  };
}

/** `count` different entries, in random order. */
function draw<T>(from: readonly T[], count: number, random: Random): T[] {
  const order = from.map((_, i) => i);
  return Array.from({ length: Math.min(count, from.length) }, (_, i) => {
    const j = i + random.integer(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
    return from[order[i]!]!;
  });
}

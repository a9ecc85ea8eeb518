import * as tf from "@tensorflow/tfjs";
import { compileOnce, VptError, type Compile, type Feedback, type Params, type Random } from "@vpt/core";
import { causalLearner, nextTokenTask } from "./causal-learner.js";
import { collate, type CollateOptions, type Example, type LanguageBatch } from "./language-batch.js";
import type { DecoderConfig } from "./model/index.js";

/** Labeled examples and how many of them make one gradient. */
export interface LmFeedbackOptions extends CollateOptions {
  readonly examples: readonly Example[];
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`: the gradient runs as one graph. */
  readonly compile?: Compile | undefined;
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
  { examples, batchSize = 8, compile, ...options }: LmFeedbackOptions,
): Feedback {
  if (examples.length === 0)
    throw new VptError("lmFeedback: no feedback examples; give at least one with a counted answer token");
  const gradientOf = compileOnce(compile, answerGradient);
  return {
    gradient: (params, subset, random) =>
      tf.tidy(() => gradientOf(config, params, subset, collate(draw(examples, batchSize, random), options))),
  };
}

/** `∇_θ_S` of the next-token loss. */
function answerGradient(
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
): Params {
  const learner = causalLearner(config);
  const started = learner.prefix!(params, batch, subset);
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => {
    const moving = Object.fromEntries(subset.map((name, i) => [name, tensors[i]!]));
    return learner.loss({ ...params, ...moving }, started, () => nextTokenTask(started));
  };
  const gradients = tf.grads(loss)(subset.map((name) => params[name]!));
  return Object.fromEntries(subset.map((name, i) => [name, gradients[i]!]));
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

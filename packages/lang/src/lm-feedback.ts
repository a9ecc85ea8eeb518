import * as tf from "@tensorflow/tfjs";
import { compileOnce, type Compile, type Feedback } from "@vpt/core";
import { checkExamples } from "./feedback/check-examples.js";
import { sampleBalanced } from "./feedback/sample-balanced.js";
import { nextTokenGradient } from "./feedback/next-token-gradient.js";
import { collateShard, type DataShard } from "./collate-shard.js";
import type { CollateOptions, Example } from "./language-batch.js";
import type { DecoderConfig } from "./model/index.js";

/** Labeled examples and how many of them make one gradient. */
export interface LmFeedbackOptions extends CollateOptions {
  readonly examples: readonly Example[];
  /** Rows a gradient, over all processes. */
  readonly batchSize?: number;
  /** Take one process's rows of each batch: the mean over the processes is then the gradient of all rows. */
  readonly shard?: DataShard | undefined;
  /** `compile` of `@vpt/backend`: the gradient runs as one graph. */
  readonly compile?: Compile | undefined;
}

/**
 * Feedback from worked answers: `g_down = ∇_θ_S` of their mean answer loss on a batch drawn without replacement.
 * Draws of different calls are independent, which is what Lemma 3.3 asks for. Examples of several domains are drawn
 * alike of each.
 *
 * @throws {VptError} When there are no examples, none counts, or an id is not in the vocabulary.
 * @example
 * ```ts
 * const feedback = lmFeedback(config, { examples: gsm8k, batchSize: 8 });
 * ```
 * @see arXiv 2601.22108v1, equation 12.
 */
export function lmFeedback(
  config: DecoderConfig,
  { examples, batchSize = 8, shard = { rank: 0, size: 1 }, compile, ...options }: LmFeedbackOptions,
): Feedback {
  checkExamples("lmFeedback", examples, config.vocabSize);
  const gradientOf = compileOnce(compile, nextTokenGradient);
  return {
    gradient: (params, subset, random) =>
      tf.tidy(() =>
        gradientOf(config, params, subset, collateShard(sampleBalanced(examples, batchSize, random), shard, options)),
      ),
  };
}

import * as tf from "@tensorflow/tfjs";
import { compileOnce, type Feedback, type Params } from "@vpt/core";
import { candidateLogProbs } from "../candidate-log-probs.js";
import { lossLogits } from "../causal-learner.js";
import { collateShard } from "../collate-shard.js";
import { fitLogitBias } from "../evaluation/fit-logit-bias.js";
import type { LanguageBatch } from "../language-batch.js";
import type { LmFeedbackOptions } from "../lm-feedback.js";
import type { DecoderConfig } from "../model/index.js";
import { checkExamples } from "./check-examples.js";
import { sampleBalanced } from "./sample-balanced.js";
import { subsetGradient } from "./subset-gradient.js";

/** Labeled examples, and how their bias is fitted. */
export interface ProfiledFeedbackOptions extends LmFeedbackOptions {
  /** λ of the bias, see `fitLogitBias` of `@vpt/lang/evaluation`. Default 1. */
  readonly ridge?: number;
}

/**
 * Feedback from worked answers beyond their style: the mean answer loss after a bias on the logits, `L = Σ_n w_n (−log
 * softmax(z_n + b)[label_n])`. b minimises that loss of the same rows at the current parameters (`fitLogitBias`), anew
 * at each gradient, and is a constant for the gradient. What one vector on the logits can do, such as more line breaks,
 * then pulls no more.
 *
 * @throws {VptError} When there are no examples, none counts, or an id is not in the vocabulary.
 * @example
 * ```ts
 * import { profiledFeedback } from "@vpt/lang";
 * const feedback = profiledFeedback(config, { examples: gsm8k, batchSize: 16 });
 * ```
 * @category feedback
 */
export function profiledFeedback(
  config: DecoderConfig,
  { examples, ridge = 1, batchSize = 8, shard = { rank: 0, size: 1 }, compile, ...options }: ProfiledFeedbackOptions,
): Feedback {
  checkExamples("profiledFeedback", examples, config.vocabSize);
  return {
    async gradient(params, subset, random) {
      const drawn = sampleBalanced(examples, batchSize, random);
      // Not compiled: the number of fitted tokens differs from batch to batch, and each would be traced anew.
      const { bias_V } = await fitLogitBias(config, params, drawn, { ridge, batchSize, from: options.from });
      return tf.tidy(() =>
        compileOnce(compile, biasedGradient)(
          config,
          params,
          subset,
          collateShard(drawn, shard, options),
          tf.tensor1d(bias_V),
        ),
      );
    },
  };
}

/** `∇_θ_S Σ_n w_n (−log softmax(z_n + b)[label_n])`. */
const biasedGradient = (
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
  bias_V: tf.Tensor1D,
): Params =>
  subsetGradient(config, params, subset, batch, (moved, started) => {
    const logits_NV = lossLogits(config, moved, started).add<tf.Tensor2D>(bias_V);
    return candidateLogProbs(logits_NV, batch.labels_N.expandDims(1)).squeeze([1]).mul(batch.weight_N).sum().neg();
  });

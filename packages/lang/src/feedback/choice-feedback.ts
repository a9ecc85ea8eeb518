import * as tf from "@tensorflow/tfjs";
import { compileOnce, VptError, type Compile, type Feedback, type Params } from "@vpt/core";
import { candidateLogProbs } from "../candidate-log-probs.js";
import { lossLogits } from "../causal-learner.js";
import { collateShard } from "../collate-shard.js";
import { fitSoftmaxBias } from "../fit-softmax-bias.js";
import type { Example, LanguageBatch } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";
import { countAlternatives, type AlternativesOptions } from "./count-alternatives.js";
import { sampleBalanced } from "./sample-balanced.js";
import { subsetGradient } from "./subset-gradient.js";

/** Labeled examples, which tokens stand against each other, and how much of their frequencies is taken out. */
export interface ChoiceFeedbackOptions extends AlternativesOptions {
  /** λ of `λ‖b‖²/2` beside the summed loss: the larger, the less of the frequencies b takes out. Default 1. */
  readonly ridge?: number;
}

/**
 * Feedback that style cannot satisfy: the cross-entropy of the softmax over tokens of one format, `L = Σ_n w_n (log Σ_a
 * exp(z_na + b_a) − z_n,label − b_label)` over the positions whose label is one of them. It rewards the right digit,
 * not that there is a digit. How often each alternative occurs is profiled out: b minimises the same loss of the same
 * rows at the current parameters, with a ridge, and is a constant for the gradient. (At its minimum the derivative
 * through b vanishes, so this is the gradient of `min_b L`.)
 *
 * @throws {VptError} When there are no examples, no label is an alternative, or fewer than two alternatives are given.
 * @example
 * ```ts
 * import { choiceFeedback } from "@vpt/lang";
 * import { digitTokens } from "@vpt/lang/evaluation";
 * const feedback = choiceFeedback(config, { examples: gsm8k, alternatives: digitTokens(model.tokenizer)! });
 * ```
 * @category feedback
 */
export function choiceFeedback(config: DecoderConfig, options: ChoiceFeedbackOptions): Feedback {
  const { alternatives, ridge = 1, batchSize = 8, shard = { rank: 0, size: 1 }, compile, ...collation } = options;
  const { examples, ...shapes } = collation;
  const rows = countAlternatives("choiceFeedback", config, examples, alternatives);
  if (!(ridge > 0)) throw new VptError(`choiceFeedback: ridge ${ridge}; expected a positive number`);
  return {
    async gradient(params, subset, random) {
      const drawn = sampleBalanced(rows, batchSize, random);
      const fit = { alternatives, ridge, compile };
      const whole = collateShard(drawn, { rank: 0, size: 1 }, shapes);
      const bias = await alternativesBias(config, params, whole, drawn, fit);
      tf.dispose(whole);
      return tf.tidy(() =>
        compileOnce(compile, choiceGradient)(
          config,
          params,
          subset,
          collateShard(drawn, shard, shapes),
          tf.tensor1d([...alternatives], "int32"),
          tf.tensor1d(Float32Array.from(bias)),
        ),
      );
    },
  };
}

/** `[N, A]`: log-probabilities of the alternatives, up to a constant of the row. */
const alternativeLogits = (
  config: DecoderConfig,
  params: Params,
  batch: LanguageBatch,
  ids_A: tf.Tensor1D,
): tf.Tensor2D => {
  const logits_NV = lossLogits(config, params, batch);
  const ids_NA = tf.tile(ids_A.expandDims<tf.Tensor2D>(0), [logits_NV.shape[0], 1]);
  return candidateLogProbs(logits_NV, ids_NA);
};

const alternativeProbs = (...given: Parameters<typeof alternativeLogits>): tf.Tensor2D =>
  tf.softmax(alternativeLogits(...given));

/** The bias of the alternatives that minimises the loss of a batch, as data. */
async function alternativesBias(
  config: DecoderConfig,
  params: Params,
  batch: LanguageBatch,
  rows: readonly Example[],
  fit: { readonly alternatives: readonly number[]; readonly ridge: number; readonly compile: Compile | undefined },
): Promise<Float64Array> {
  const labels = rows.flatMap(({ labels: all, lossMask }) => [...all].filter((_, t) => lossMask[t]! > 0));
  const probs = tf.tidy(() =>
    compileOnce(fit.compile, alternativeProbs)(config, params, batch, tf.tensor1d([...fit.alternatives], "int32")),
  );
  const probs_NS = (await probs.data()) as Float32Array;
  probs.dispose();
  const labels_N = Int32Array.from(labels, (id) => fit.alternatives.indexOf(id));
  return fitSoftmaxBias(
    { probs_NS, labels_N, outcomes: fit.alternatives.length },
    { ridge: fit.ridge, tolerance: 1e-9 },
  );
}

/** `∇_θ_S Σ_n w_n (log Σ_a exp(z_na + b_a) − z_n,label − b_label)`. */
const choiceGradient = (
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
  ids_A: tf.Tensor1D,
  bias_A: tf.Tensor1D,
): Params =>
  subsetGradient(config, params, subset, batch, (moved, started) => {
    const isLabel_NA = batch.labels_N.expandDims(1).equal(ids_A.expandDims(0)).cast("float32");
    const logP_NA = tf.logSoftmax(alternativeLogits(config, moved, started, ids_A).add(bias_A));
    return logP_NA.mul(isLabel_NA).sum(1).mul(batch.weight_N).sum().neg();
  });

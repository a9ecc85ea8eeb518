import * as tf from "@tensorflow/tfjs";
import { compileOnce, VptError, type Feedback, type Params, type Random } from "@vpt/core";
import { candidateLogProbs } from "../candidate-log-probs.js";
import { lossLogits } from "../causal-learner.js";
import { collateShard } from "../collate-shard.js";
import type { Example, LanguageBatch } from "../language-batch.js";
import type { DecoderConfig } from "../model/index.js";
import { countAlternatives, type AlternativesOptions } from "./count-alternatives.js";
import { sampleBalanced } from "./sample-balanced.js";
import { subsetGradient } from "./subset-gradient.js";

/** Labeled examples, which tokens stand against each other, and how far apart. */
export interface ContrastiveFeedbackOptions extends AlternativesOptions {
  /** δ, in nats: a label that is likelier than the wrong one by so much pulls no more. Default 2. */
  readonly margin?: number;
}

/**
 * Feedback from right against wrong tokens of one format: `L = Σ_n w_n max(0, δ − (log p(label_n) − log p(wrong_n)))`
 * over the positions whose label is one of the alternatives. A wrong one is drawn for each. Without the margin such a
 * loss has no bound and only sharpens what is right already; with it those positions pull no more, and where all are so
 * the gradient is 0 and the meta step is skipped.
 *
 * @throws {VptError} When there are no examples, no label is an alternative, fewer than two alternatives are given, or
 *   the margin is no positive number.
 * @example
 * ```ts
 * import { contrastiveFeedback } from "@vpt/lang";
 * import { digitTokens } from "@vpt/lang/evaluation";
 * const feedback = contrastiveFeedback(config, { examples: gsm8k, alternatives: digitTokens(tokenizer)!, margin: 2 });
 * ```
 * @category feedback
 */
export function contrastiveFeedback(config: DecoderConfig, options: ContrastiveFeedbackOptions): Feedback {
  const { alternatives, margin = 2, batchSize = 8, shard = { rank: 0, size: 1 }, compile, ...collation } = options;
  const { examples, ...shapes } = collation;
  const rows = countAlternatives("contrastiveFeedback", config, examples, alternatives);
  if (!(margin > 0 && Number.isFinite(margin)))
    throw new VptError(`contrastiveFeedback: margin ${margin}; expected a positive number`);
  return {
    gradient: (params, subset, random) =>
      tf.tidy(() => {
        const drawn = sampleBalanced(rows, batchSize, random);
        const wrong = drawn.map((row) => withWrongLabels(row, alternatives, random));
        return compileOnce(compile, contrastiveGradient)(
          config,
          params,
          subset,
          collateShard(drawn, shard, shapes),
          collateShard(wrong, shard, shapes).labels_N,
          tf.scalar(margin),
        );
      }),
  };
}

/** The row with another alternative in place of each counted label. */
function withWrongLabels(row: Example, alternatives: readonly number[], random: Random): Example {
  const labels = row.labels.map((id, t) => {
    if (row.lossMask[t] === 0) return id;
    const others = alternatives.filter((other) => other !== id);
    return others[random.integer(others.length)]!;
  });
  return { ...row, labels };
}

/** `∇_θ_S Σ_n w_n max(0, δ − (log p(label_n) − log p(wrong_n)))`. */
const contrastiveGradient = (
  config: DecoderConfig,
  params: Params,
  subset: readonly string[],
  batch: LanguageBatch,
  wrong_N: tf.Tensor1D,
  margin: tf.Scalar,
): Params =>
  subsetGradient(config, params, subset, batch, (moved, started) => {
    const logits_NV = lossLogits(config, moved, started);
    const logP = (ids_N: tf.Tensor1D): tf.Tensor => candidateLogProbs(logits_NV, ids_N.expandDims(1)).squeeze([1]);
    const gap_N = logP(batch.labels_N).sub(logP(wrong_N));
    return margin.sub(gap_N).relu().mul(batch.weight_N).sum();
  });

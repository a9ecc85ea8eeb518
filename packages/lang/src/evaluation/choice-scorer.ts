import * as tf from "@tensorflow/tfjs";
import { compileOnce, pick, type Compile, type Params } from "@vpt/core";
import { candidateLogProbs } from "../candidate-log-probs.js";
import { exampleNll } from "../example-nll.js";
import {
  type DecoderConfig,
  type LanguageModel,
  embedTokens,
  finalNorm,
  headName,
  runBlocks,
  unembed,
} from "../model/index.js";
import { continuationRows, type ChoiceRequest } from "./continuation-rows.js";

/** How a choice scorer asks its model. */
export interface ChoiceScorerOptions {
  /** Rows a forward pass; default 8. */
  readonly batchSize?: number;
  /** `compile` of `@vpt/backend`: blocks and head run as graphs. */
  readonly compile?: Compile | undefined;
}

const lastRow = (config: DecoderConfig, params: Params, last_BD: tf.Tensor2D, choices_BK: tf.Tensor2D): tf.Tensor2D =>
  candidateLogProbs(unembed(config, params, finalNorm(config, params, last_BD)), choices_BK);

/** Log-probabilities `[B, K]` of the token after each context, at the K tokens of its request. */
const scoreNext = (
  { config, params }: Pick<LanguageModel, "config" | "params">,
  contexts: readonly (readonly number[])[],
  choices: readonly (readonly number[])[],
  compile: Compile | undefined,
): tf.Tensor2D =>
  tf.tidy(() => {
    const step = compile ? 32 : 1;
    const tokens = Math.ceil(Math.max(...contexts.map(({ length }) => length)) / step) * step;
    const ids = contexts.map((context) => [...context, ...Array<number>(tokens - context.length).fill(0)]);
    const last = contexts.map(({ length }, row) => row * tokens + length - 1);
    const entering_BTD = embedTokens(config, params, tf.tensor2d(ids, undefined, "int32"));
    const hidden_BTD = runBlocks(config, params, entering_BTD, { compile });
    const hidden_RD = tf.reshape<tf.Rank.R2>(hidden_BTD, [-1, config.hiddenSize]);
    const last_BD = tf.gather(hidden_RD, tf.tensor1d(last, "int32"));
    const head = pick(params, ["model.norm.weight", headName(config)]);
    const choices_BK = tf.tensor2d(
      choices.map((ids) => [...ids]),
      undefined,
      "int32",
    );
    return compileOnce(compile, lastRow)(config, head, last_BD, choices_BK);
  });

/**
 * A model as the `ChoiceScorer` that the runners of `@vpt/eval` ask: log-likelihoods of continuations, in nats.
 * Where every continuation is one token after the same context, one pass answers the request; else each continuation
 * takes one.
 *
 * @throws {VptError} When a continuation has no token of its own.
 * @example
 * ```ts
 * const record = await evaluateChoices(mmluTask(), rows, choiceScorer(model));
 * ```
 * @see lm-evaluation-harness, api/model.py, `_encode_pair` and `loglikelihood`
 * @category scoring
 */
export const choiceScorer = (
  model: LanguageModel,
  { batchSize = 8, compile }: ChoiceScorerOptions = {},
): { score(requests: readonly ChoiceRequest[]): Promise<readonly (readonly number[])[]> } => ({
  async score(requests) {
    const scores: (readonly number[])[] = requests.map(() => []);
    const rows = requests.map((request) => continuationRows(model, request));
    const short = rows.flatMap((row, i) => (row.choices === undefined ? [] : [i]));
    const widths = [...new Set(short.map((i) => rows[i]!.choices!.length))];
    for (const width of widths) {
      const same = short.filter((i) => rows[i]!.choices!.length === width);
      same.sort((a, b) => rows[b]!.context.length - rows[a]!.context.length || a - b);
      for (let start = 0; start < same.length; start += batchSize) {
        const batch = same.slice(start, start + batchSize).map((i) => ({ i, ...rows[i]! }));
        const contexts = batch.map(({ context }) => context);
        const score_BK = scoreNext(
          model,
          contexts,
          batch.map(({ choices }) => choices!),
          compile,
        );
        const values = await score_BK.array();
        score_BK.dispose();
        batch.forEach(({ i }, row) => (scores[i] = values[row]!));
      }
    }
    for (const [i, { examples }] of rows.entries()) {
      if (examples === undefined) continue;
      const { rows: sums } = await exampleNll(model.config, model.params, examples, { batchSize, compile });
      scores[i] = sums.map(({ nll }) => -nll);
    }
    return scores;
  },
});

import * as tf from "@tensorflow/tfjs";
import { compileOnce, pick, VptError, type Params } from "@vpt/core";
import { gatherCandidates } from "../candidate-log-probs.js";
import { biasGain, fitSoftmaxBias, type SoftmaxPredictions } from "../fit-softmax-bias.js";
import { countedTokens, type Example } from "../language-batch.js";
import { lossRows, type LossRowsOptions } from "../loss-rows.js";
import { finalNorm, headName, unembed, type DecoderConfig } from "../model/index.js";

/** How a bias is fitted. */
export interface FitLogitBiasOptions extends LossRowsOptions {
  /** λ, the weight of `‖b‖²/2` beside the summed NLL: the larger, the less a rare token moves. Default 1. */
  readonly ridge?: number | undefined;
  /** Most tokens with a number of their own; the others share one. Default 2048. */
  readonly tokens?: number | undefined;
}

/** A bias, and the mean NLL of the rows that it was fitted on. */
export interface LogitBias {
  /** One number a token of the vocabulary. */
  readonly bias_V: Float32Array;
  /** Nats a counted token without it. */
  readonly nllBefore: number;
  /** Nats a counted token with it; at most `nllBefore`. */
  readonly nllAfter: number;
}

/** Positions whose predictions say which tokens get a number of their own, and most that are fitted on. */
const [looked, fitted] = [1024, 32_768];
/** Examples that a token has to be in (all of fewer), or times that it has to be predicted, for a number of its own. */
const often = 4;

/**
 * Fits the one vector b that, added to the logits of every position, minimises the NLL of `examples`: `Σ_n −log
 * softmax(z_n + b)[label_n] + λ‖b‖²/2`. It holds what can be gained without reading the context, such as how often an
 * answer breaks a line. The score of a model after its own bias is therefore a score that style alone cannot improve.
 *
 * A token that is counted in at least 4 examples, or predicted as often, gets a number of its own; all others share
 * one, because rare words of the examples say nothing about other rows. The logits are computed once: one forward pass
 * over the rows, then a second of iterative scaling on the probabilities of those tokens.
 *
 * @param examples Rows apart from those to be scored, such as the feedback rows. Rows after the 32,768th counted token
 *   are left out.
 * @throws {VptError} When no token of the examples counts, or an option is out of range.
 * @example
 * ```ts
 * import { exampleNll } from "@vpt/lang";
 * import { fitLogitBias } from "@vpt/lang/evaluation";
 * const { bias_V } = await fitLogitBias(config, params, gsm8k);
 * const { nllPerToken } = await exampleNll(config, params, examples, { bias_V });
 * ```
 * @category scoring
 */
export async function fitLogitBias(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  { ridge = 1, tokens = 2048, ...options }: FitLogitBiasOptions = {},
): Promise<LogitBias> {
  if (!(ridge > 0)) throw new VptError(`fitLogitBias: ridge ${ridge}; expected a positive number`);
  if (!(Number.isInteger(tokens) && tokens > 0))
    throw new VptError(`fitLogitBias: tokens ${tokens}; expected a positive whole number`);
  const rows = firstPositions(examples, fitted);
  if (totalOf(rows) === 0)
    throw new VptError(`fitLogitBias: none of ${examples.length} examples has a counted token; give answers`);
  const ids = await ownTokens(config, params, rows, tokens, options);
  const { predicted, logP } = await predictions(config, params, rows, ids, options);
  const bias_S = fitSoftmaxBias(predicted, { ridge });
  const bias_V = new Float32Array(config.vocabSize).fill(bias_S[ids.length]!);
  ids.forEach((id, s) => (bias_V[id] = bias_S[s]!));
  const nllBefore = -logP / predicted.labels_N.length;
  return { bias_V, nllBefore, nllAfter: nllBefore - biasGain(predicted, bias_S) };
}

const totalOf = (examples: readonly Example[]): number =>
  examples.reduce((total, example) => total + countedTokens(example), 0);

/** The first examples, of about `most` counted tokens; at least one. */
function firstPositions(examples: readonly Example[], most: number): readonly Example[] {
  let seen = 0;
  return examples.filter((example, i) => (seen += countedTokens(example)) <= most || i === 0);
}

/** Examples from all over the list, of about `most` counted tokens. */
function evenly(examples: readonly Example[], most: number): readonly Example[] {
  const every = Math.max(1, Math.floor(totalOf(examples) / most));
  return examples.filter((_, i) => i % every === 0);
}

/** In how many examples each token of the vocabulary is counted. */
function examplesWith(examples: readonly Example[], vocabulary: number): Uint32Array {
  const found = new Uint32Array(vocabulary);
  for (const { labels, lossMask } of examples)
    for (const id of new Set(labels.filter((_, t) => lossMask[t]! > 0))) found[id]! += 1;
  return found;
}

/**
 * The tokens that get a number of their own: counted in several examples, or predicted often. A choice of all tokens
 * that are counted would leave none for the shared number, which other rows would pay for.
 */
async function ownTokens(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  most: number,
  { batchSize, from, compile }: LossRowsOptions,
): Promise<number[]> {
  const sample = evenly(examples, looked);
  const scale = totalOf(examples) / Math.max(1, totalOf(sample));
  const predicted = await expectedLabels(config, params, sample, { batchSize, from, compile });
  const found = examplesWith(examples, config.vocabSize);
  const weight = predicted.map((count, id) => Math.max(scale * count, found[id]!));
  const isFrequent = (id: number): boolean =>
    scale * predicted[id]! >= often || found[id]! >= Math.min(often, examples.length);
  return [...weight.keys()]
    .filter(isFrequent)
    .sort((a, b) => weight[b]! - weight[a]! || a - b)
    .slice(0, most);
}

const probsOf = (config: DecoderConfig, params: Params, rows_ND: tf.Tensor2D): tf.Tensor2D =>
  tf.softmax(unembed(config, params, finalNorm(config, params, rows_ND)));

/** `Σ_n p_n` over the rows whose weight is 1. */
const sumRows = (config: DecoderConfig, params: Params, rows_ND: tf.Tensor2D, weight_N: tf.Tensor1D): tf.Tensor1D =>
  tf.matMul(weight_N.expandDims<tf.Tensor2D>(0), probsOf(config, params, rows_ND)).squeeze([0]);

/** Expected count of each token of the vocabulary over the counted positions. */
async function expectedLabels(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  options: LossRowsOptions,
): Promise<Float64Array> {
  const total = new Float64Array(config.vocabSize);
  const head = pick(params, ["model.norm.weight", headName(config)]);
  for await (const { chosen, rows_ND } of lossRows(config, params, examples, options)) {
    const positions = totalOf(chosen.map((i) => examples[i]!));
    const sum_V = tf.tidy(() => {
      const weight_N = tf.range(0, rows_ND.shape[0]).less(positions).cast("float32") as tf.Tensor1D;
      return compileOnce(options.compile, sumRows)(config, head, rows_ND, weight_N);
    });
    const data = await sum_V.data();
    sum_V.dispose();
    data.forEach((p, id) => (total[id]! += p));
  }
  return total;
}

/** `[N, S + 2]`: probabilities of the S tokens, of all others together, and of the label. */
const chosenProbs = (
  config: DecoderConfig,
  params: Params,
  rows_ND: tf.Tensor2D,
  labels_N: tf.Tensor1D,
  ids_S: tf.Tensor1D,
): tf.Tensor2D => {
  const probs_NV = probsOf(config, params, rows_ND);
  const probs_NS = probs_NV.gather(ids_S, 1);
  const rest_N1 = tf.relu(tf.sub(1, probs_NS.sum(1, true)));
  return tf.concat([probs_NS, rest_N1, gatherCandidates(probs_NV, labels_N.expandDims(1))], 1) as tf.Tensor2D;
};

/** What is predicted of the tokens `ids` and of all others together. */
async function predictions(
  config: DecoderConfig,
  params: Params,
  examples: readonly Example[],
  ids: readonly number[],
  options: LossRowsOptions,
): Promise<{ readonly predicted: SoftmaxPredictions; readonly logP: number }> {
  const outcomes = ids.length + 1;
  const outcomeOf = new Map(ids.map((id, s) => [id, s]));
  const positions = totalOf(examples);
  const probs_NS = new Float32Array(positions * outcomes);
  const labels_N = new Int32Array(positions);
  const head = pick(params, ["model.norm.weight", headName(config)]);
  const ids_S = tf.tensor1d([...ids], "int32");
  let [n, logP] = [0, 0];
  for await (const { chosen, rows_ND, labels_N: next_N } of lossRows(config, params, examples, options)) {
    const found = tf.tidy(() => compileOnce(options.compile, chosenProbs)(config, head, rows_ND, next_N, ids_S));
    const data = await found.data();
    found.dispose();
    let start = 0;
    for (const i of chosen)
      for (const [t, m] of examples[i]!.lossMask.entries()) {
        if (m === 0) continue;
        probs_NS.set(data.subarray(start, start + outcomes), n * outcomes);
        logP += Math.log(Math.max(data[start + outcomes]!, 1e-38));
        labels_N[n++] = outcomeOf.get(examples[i]!.labels[t]!) ?? ids.length;
        start += outcomes + 1;
      }
  }
  ids_S.dispose();
  return { predicted: { probs_NS, labels_N, outcomes }, logP };
}

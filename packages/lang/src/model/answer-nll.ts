import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import { embedTokens, finalNorm, headName, runBlocks, unembed } from "./decoder.js";
import type { LanguageModel } from "./language-model.js";
import { parameter } from "./parameter.js";

// Axes: B batch, T tokens, D width, N answer tokens, V vocabulary

/** Rows through the head at once: `[512, V]` is 100 MB for SmolLM2, 311 MB for Qwen2. */
const headRows = 512;

/** One question with its reference answer, as in GSM8K. */
export interface AnswerRow {
  readonly question: string;
  readonly answer: string;
}

/** Negative log-likelihood of one answer: the sum over its tokens, in nats, and how many there are. */
export interface AnswerScore {
  readonly nll: number;
  readonly tokens: number;
}

interface Sequence {
  readonly index: number;
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

const lengthOf = ({ prompt, answer }: Sequence): number => prompt.length + answer.length - 1; // the last token predicts nothing

const encodeRow = ({ config, tokenizer }: LanguageModel, row: AnswerRow, index: number): Sequence => {
  const prompt = tokenizer.encode(`Question: ${row.question}\n Answer: `);
  const sequence = { index, prompt, answer: tokenizer.encode(row.answer) };
  if (lengthOf(sequence) <= config.maxPositions) return sequence;
  throw new VptError(`Row ${index}: ${lengthOf(sequence)} tokens, but the model reads ${config.maxPositions} at most.`);
};

/** Negative log-likelihood of every answer token of the batch, row after row: `[N]`. */
const scoreBatch = ({ config, params }: LanguageModel, batch: readonly Sequence[]): tf.Tensor1D =>
  tf.tidy(() => {
    const tokens = Math.max(...batch.map(lengthOf));
    const ids = new Int32Array(batch.length * tokens); // padded on the right: causality hides it
    const rows: number[] = [];
    batch.forEach(({ prompt, answer }, b) => {
      ids.set([...prompt, ...answer.slice(0, -1)], b * tokens);
      answer.forEach((_, i) => rows.push(b * tokens + prompt.length - 1 + i));
    });
    const next = batch.flatMap(({ answer }) => answer);
    const ids_BT = tf.tensor2d(ids, [batch.length, tokens], "int32");
    const hidden_BTD = runBlocks(config, params, embedTokens(config, params, ids_BT));
    const hidden = tf.reshape(hidden_BTD, [batch.length * tokens, config.hiddenSize]);
    const head_VD = parameter<tf.Tensor2D>(params, headName(config));
    const scores: tf.Tensor1D[] = [];
    for (let start = 0; start < rows.length; start += headRows) {
      const score_N = tf.tidy(() => {
        const at = tf.tensor1d(rows.slice(start, start + headRows), "int32");
        const hidden_ND = finalNorm(config, params, tf.gather<tf.Tensor2D>(hidden as tf.Tensor2D, at));
        const target_ND = tf.gather(head_VD, tf.tensor1d(next.slice(start, start + headRows), "int32"));
        const target_N = tf.sum(tf.mul(hidden_ND, target_ND), 1);
        return tf.sub<tf.Tensor1D>(tf.logSumExp(unembed(config, params, hidden_ND), 1), target_N);
      });
      scores.push(score_N);
    }
    return tf.concat(scores);
  });

/**
 * Teacher-forced negative log-likelihood of answers: the mean over all answer tokens of `−log p(token | before)`, in nats,
 * after the prompt `Question: {question}\n Answer: `. Prompt and answer are tokenised apart; no begin or end token is added.
 * Rows are sorted by length, so that batches pad little, and only answer positions pass through the head.
 *
 * @param rows Read to the end first.
 * @param options.batchSize Rows a forward pass; default 8.
 * @param options.onProgress Called after every batch.
 * @returns Scores in the order of `rows`. No tensor is left behind.
 * @throws {VptError} A row is longer than the model's positions, or there is no answer token at all.
 * @example
 * ```ts
 * const { nllPerToken } = await answerNll(model, [{ question: "What is 2 + 2?", answer: "4" }]);
 * ```
 * @category scoring
 */
export const answerNll = async (
  model: LanguageModel,
  rows: Iterable<AnswerRow> | AsyncIterable<AnswerRow>,
  options: {
    readonly batchSize?: number;
    readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  } = {},
): Promise<{ readonly nllPerToken: number; readonly tokens: number; readonly perRow: readonly AnswerScore[] }> => {
  const { batchSize = 8, onProgress } = options;
  const sequences: Sequence[] = [];
  for await (const row of rows) sequences.push(encodeRow(model, row, sequences.length));
  const perRow: AnswerScore[] = sequences.map(() => ({ nll: 0, tokens: 0 }));
  const longestFirst = sequences
    .filter(({ answer }) => answer.length > 0)
    .sort((a, b) => lengthOf(b) - lengthOf(a) || a.index - b.index);
  for (let start = 0; start < longestFirst.length; start += batchSize) {
    const batch = longestFirst.slice(start, start + batchSize);
    const scores_N = scoreBatch(model, batch);
    const scores = (await scores_N.data()) as Float32Array;
    scores_N.dispose();
    let at = 0;
    for (const { index, answer } of batch) {
      const nll = scores.subarray(at, (at += answer.length)).reduce((sum, score) => sum + score, 0);
      perRow[index] = { nll, tokens: answer.length };
    }
    onProgress?.({ done: start + batch.length, total: longestFirst.length });
  }
  const tokens = perRow.reduce((sum, row) => sum + row.tokens, 0);
  if (tokens === 0) throw new VptError("answerNll: no row has an answer token; expected rows { question, answer }.");
  return { nllPerToken: perRow.reduce((sum, row) => sum + row.nll, 0) / tokens, tokens, perRow };
};

import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";
import {
  collate,
  countedTokens,
  cutExample,
  type CollateOptions,
  type Example,
  type LanguageBatch,
} from "./language-batch.js";

/** One of several processes that share each batch. */
export interface DataShard {
  readonly rank: number;
  readonly size: number;
}

/** How rows become a batch. */
export interface CollateShardOptions extends CollateOptions {
  /**
   * Give the batch a `meta` of the first so many tokens of each row, which the value is taken on (method 4.1: 256 of
   * 1,024).
   */
  readonly metaTokens?: number;
}

/** What a row weighs in the loss before the batch's total is divided out. */
const massOf = (rows: readonly Example[], loss: CollateOptions["loss"]): number =>
  rows.reduce((sum, row) => {
    const counted = countedTokens(row);
    return sum + (loss === "sequence-mean" ? Math.min(1, counted) : counted);
  }, 0);

/**
 * The rows of one process as a batch, weighted so that the mean of the processes' losses is the loss of the joint
 * batch, also where their rows differ in length. Rows are dealt in runs: the first process takes the first of them.
 *
 * @param rows All rows of the joint batch, the same in every process.
 * @returns New tensors, owned by the caller.
 * @throws {VptError} When there are fewer rows than processes.
 * @example
 * ```ts
 * import { collateShard } from "@vpt/lang";
 * const batch = collateShard(rows, { rank: 0, size: 2 }, { loss: "token-mean" }); // the first half of the rows
 * ```
 */
export function collateShard(
  rows: readonly Example[],
  { rank, size }: DataShard,
  { metaTokens, ...options }: CollateShardOptions = {},
): LanguageBatch {
  if (metaTokens !== undefined) {
    const few = (multiple = metaTokens): number => Math.min(multiple, metaTokens);
    const shapes = {
      padToMultiple: few(options.padToMultiple),
      padPositionsToMultiple: options.padPositionsToMultiple ?? few(options.padToMultiple),
    };
    const cut = rows.map((row) => cutExample(row, metaTokens));
    const meta = collateShard(cut, { rank, size }, { ...options, ...shapes });
    return { ...collateShard(rows, { rank, size }, options), meta };
  }
  if (rows.length < size)
    throw new VptError(`a batch of ${rows.length} rows for ${size} processes; expected a row for each at least`);
  const place = (of: number): number => Math.floor((of * rows.length) / size);
  const own = rows.slice(place(rank), place(rank + 1));
  const batch = collate(own, options);
  const share = (size * massOf(own, options.loss)) / massOf(rows, options.loss);
  if (share === 1 || Number.isNaN(share)) return batch;
  const weight_N = tf.tidy(() => tf.mul<tf.Tensor1D>(batch.weight_N, share));
  batch.weight_N.dispose();
  return { ...batch, weight_N };
}

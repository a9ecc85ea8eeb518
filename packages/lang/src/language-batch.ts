import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/core";

/** One row of tokens: `labels[t]` follows `ids[t]`, and counts where `lossMask[t]` is 1. */
export interface Example {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  readonly lossMask: Uint8Array | Float32Array;
  /** What enters block `from`, `[ids.length, width]` row by row: the frozen part of the model, computed once. */
  readonly hidden?: Float32Array;
  /**
   * Which of several packed texts each position is of: a position then sees its own text only. Absent: all earlier
   * ones.
   */
  readonly document?: Int32Array;
  /** Which of several domains the row is of: feedback then takes as many rows of each. */
  readonly domain?: number;
}

/**
 * A batch as the learner wants it. B rows of T tokens, of which N positions count; only those reach the head.
 * It starts at the input, or at block `from` with `hidden_BTD`.
 */
export type LanguageBatch = {
  /** int32, padded on the right. */
  readonly ids_BT: tf.Tensor2D;
  /** int32 indices into the B·T positions, padded with position 0. */
  readonly lossPositions_N: tf.Tensor1D;
  /** int32: the token to predict at each counted position. */
  readonly labels_N: tf.Tensor1D;
  /** Weight of each position in the loss; sums to 1, and is 0 on padding. */
  readonly weight_N: tf.Tensor1D;
  readonly hidden_BTD?: tf.Tensor3D;
  readonly from?: number;
  /** int32: which of a row's texts a position is of; positions of other texts are hidden. */
  readonly documents_BT?: tf.Tensor2D;
  /**
   * int32, two keys a position of B·T: what adapters drop is made of them. Evaluation, feedback and the value go
   * without.
   */
  readonly dropout_R2?: tf.Tensor2D;
  /** What the value is taken on in place of this batch: its rows, cut. */
  readonly meta?: LanguageBatch;
};

/** How rows become a batch. */
export interface CollateOptions {
  /** `token-mean`: every counted position weighs the same. `sequence-mean`: every row does (v2 eq. 37). */
  readonly loss?: "token-mean" | "sequence-mean";
  /** Rows are padded to a multiple of this many tokens, and counted positions likewise: few shapes, few traces. */
  readonly padToMultiple?: number;
  /** What counted positions are padded to a multiple of; default `padToMultiple`. */
  readonly padPositionsToMultiple?: number;
  /** The block at which `hidden` enters; needed when the examples carry it. */
  readonly from?: number;
}

const roundUp = (count: number, multiple: number): number => Math.max(1, Math.ceil(count / multiple)) * multiple;

/**
 * Rows of different lengths as one batch. Rows without a counted position weigh nothing.
 *
 * @returns New tensors, owned by the caller.
 * @throws {VptError} When there are no rows, or some carry hidden states and others do not.
 * @example
 * ```ts
 * import { collate } from "@vpt/lang";
 * const batch = collate([{ ids: Int32Array.of(5, 6), labels: Int32Array.of(6, 7), lossMask: Uint8Array.of(0, 1) }]);
 * ```
 */
export function collate(
  examples: readonly Example[],
  { loss = "token-mean", padToMultiple = 32, padPositionsToMultiple = padToMultiple, from }: CollateOptions = {},
): LanguageBatch {
  const rows = examples.length;
  if (rows === 0) throw new VptError("collate: no rows; give at least one");
  const tokens = roundUp(Math.max(...examples.map(({ ids }) => ids.length)), padToMultiple);
  const ids = new Int32Array(rows * tokens);
  const positions: number[] = [];
  const next: number[] = [];
  const weights: number[] = [];
  const counts = examples.map(countedTokens);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const counted = counts.filter((count) => count > 0).length;
  examples.forEach((example, row) => {
    ids.set(example.ids, row * tokens);
    const weight = loss === "token-mean" ? 1 / total : 1 / (counted * counts[row]!);
    example.lossMask.forEach((m, t) => {
      if (m === 0) return;
      positions.push(row * tokens + t);
      next.push(example.labels[t]!);
      weights.push(weight);
    });
  });
  const padded = roundUp(positions.length, padPositionsToMultiple);
  const fill = (values: readonly number[]): number[] => [...values, ...Array<number>(padded - values.length).fill(0)];
  const cached = examples.some(({ hidden }) => hidden !== undefined);
  if (cached && from === undefined)
    throw new VptError("collate: the examples carry hidden states; say at which block with `from`");
  const packed = examples.some(({ document }) => document !== undefined);
  return {
    ...(packed && { documents_BT: documentsOf(examples, tokens) }),
    ...(cached && { hidden_BTD: hiddenStates(examples, tokens), from: from! }),
    ids_BT: tf.tensor2d(ids, [rows, tokens], "int32"),
    lossPositions_N: tf.tensor1d(fill(positions), "int32"),
    labels_N: tf.tensor1d(fill(next), "int32"),
    weight_N: tf.tensor1d(fill(weights), "float32"),
  };
}

/** How many tokens of a row count in the loss. */
export const countedTokens = ({ lossMask }: Pick<Example, "lossMask">): number =>
  Array.from(lossMask).filter((m) => m > 0).length;

/** The first tokens of a row. */
export const cutExample = (example: Example, tokens: number): Example => {
  const { ids, labels, lossMask, hidden, document } = example;
  if (ids.length <= tokens) return example;
  return {
    ...example,
    ids: ids.slice(0, tokens),
    labels: labels.slice(0, tokens),
    lossMask: lossMask.slice(0, tokens),
    ...(hidden && { hidden: hidden.slice(0, (hidden.length / ids.length) * tokens) }),
    ...(document && { document: document.slice(0, tokens) }),
  };
};

function documentsOf(examples: readonly Example[], tokens: number): tf.Tensor2D {
  const documents = new Int32Array(examples.length * tokens);
  examples.forEach(({ ids, document }, row) => documents.set(document ?? ids.map(() => 1), row * tokens));
  return tf.tensor2d(documents, [examples.length, tokens], "int32");
}

function hiddenStates(examples: readonly Example[], tokens: number): tf.Tensor3D {
  const first = examples.find(({ hidden }) => hidden !== undefined)!;
  const width = first.hidden!.length / first.ids.length;
  const hidden = new Float32Array(examples.length * tokens * width);
  examples.forEach((example, row) => {
    if (example.hidden?.length !== example.ids.length * width) {
      throw new VptError(
        `collate: row ${row} has no hidden states of width ${width}, as others have; cache all rows or none`,
      );
    }
    hidden.set(example.hidden, row * tokens * width);
  });
  return tf.tensor3d(hidden, [examples.length, tokens, width]);
}

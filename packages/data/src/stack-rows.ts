import * as tf from "@tensorflow/tfjs";
import { VptError } from "@vpt/contracts";
import type { PackedRow } from "./pack-examples.js";

/**
 * How a batch's counted positions share the weight 1, for a mask m of B rows (method 2.2).
 * `token-mean`: w = m / Σm. `sequence-mean`: w = m / (B · Σ_t m), so that short answers weigh as much as long ones.
 */
export type LossWeighting = "token-mean" | "sequence-mean";

/** A batch as flat row-major arrays of `[B, T]`. */
export interface PackedBatch {
  readonly shape: readonly [batch: number, tokens: number];
  readonly ids_BT: Int32Array;
  readonly labels_BT: Int32Array;
  /** Sums to 1 when every row has a counted position; 0 everywhere when none has. */
  readonly weight_BT: Float32Array;
}

/** A {@link PackedBatch} as tensors, in the form that `@vpt/lang` takes. */
export interface BatchTensors {
  readonly ids_BT: tf.Tensor2D;
  readonly labels_BT: tf.Tensor2D;
  readonly weight_BT: tf.Tensor2D;
}

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);

/**
 * Stacks rows of equal length into a batch and normalises their weights.
 * @throws {VptError} For no rows, or rows of different lengths.
 * @example
 * ```ts
 * const batch = stackRows([row, other], { weighting: "sequence-mean" });
 * ```
 * @category packing
 */
export const stackRows = (
  rows: readonly PackedRow[],
  { weighting = "token-mean" }: { readonly weighting?: LossWeighting } = {},
): PackedBatch => {
  const tokens = rows[0]?.ids.length ?? 0;
  const wrong = rows.find(({ ids }) => ids.length !== tokens);
  if (tokens === 0 || wrong !== undefined) {
    throw new VptError(
      `stackRows: ${rows.length} rows, the first of ${tokens} ` +
        `tokens${wrong ? `, another of ${wrong.ids.length}` : ""}; expected rows of one length.`,
    );
  }
  const batch = rows.length;
  const ids_BT = new Int32Array(batch * tokens);
  const labels_BT = new Int32Array(batch * tokens);
  const weight_BT = new Float32Array(batch * tokens);
  const total = rows.reduce((all, { lossMask }) => all + sum(lossMask), 0);
  rows.forEach(({ ids, labels, lossMask }, i) => {
    ids_BT.set(ids, i * tokens);
    labels_BT.set(labels, i * tokens);
    const share = weighting === "token-mean" ? total : batch * sum(lossMask);
    if (share > 0)
      weight_BT.set(
        lossMask.map((each) => each / share),
        i * tokens,
      );
  });
  return { shape: [batch, tokens], ids_BT, labels_BT, weight_BT };
};

/** The batch as tensors `[B, T]`: int32, int32, float32. They belong to the caller. */
export const batchTensors = ({ shape, ids_BT, labels_BT, weight_BT }: PackedBatch): BatchTensors => ({
  ids_BT: tf.tensor2d(ids_BT, [...shape], "int32"),
  labels_BT: tf.tensor2d(labels_BT, [...shape], "int32"),
  weight_BT: tf.tensor2d(weight_BT, [...shape], "float32"),
});

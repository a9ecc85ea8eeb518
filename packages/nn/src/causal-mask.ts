import * as tf from "@tensorflow/tfjs";

/** Large enough to vanish in any softmax, finite so that a row with nothing to see stays a number. */
const hidden = -1e9;

/**
 * Constant added to attention scores so that query `t` sees keys `0 … keys − queries + t` only.
 *
 * @param queries Number of new tokens `T`.
 * @param options.keys Cached and new tokens `S`; default `queries`.
 * @param options.padding Left padding of each row: its first `padding[b]` keys are hidden too.
 * @param options.window A query sees its last `window` keys only, itself included; default all.
 * @returns `[T, S]`, or `[B, 1, T, S]` with padding; owned by the caller.
 * @example
 * ```ts
 * import { causalMask } from "@vpt/nn";
 * causalMask(2).print(); // [[0, -1e9], [0, 0]]
 * ```
 * @category attention
 */
export const causalMask = (
  queries: number,
  options: { readonly keys?: number; readonly padding?: readonly number[]; readonly window?: number | undefined } = {},
): tf.Tensor => {
  const { keys = queries, padding, window = Infinity } = options;
  const rows = padding ?? [0];
  const mask = new Float32Array(rows.length * queries * keys).fill(hidden);
  rows.forEach((skipped, b) => {
    for (let t = 0; t < queries; t++) {
      const at = (b * queries + t) * keys;
      const end = keys - queries + t + 1;
      const start = Math.max(skipped, end - window);
      if (start < end) mask.fill(0, at + start, at + end);
    }
  });
  return padding === undefined
    ? tf.tensor2d(mask, [queries, keys])
    : tf.tensor4d(mask, [rows.length, 1, queries, keys]);
};

import * as tf from "@tensorflow/tfjs";
import { linearIn, rule, type Rules } from "./rule.js";

type Axes = number | readonly number[] | undefined | null;

/** `x` as a matrix `[kept, reduced]`. Trailing axes, the usual case, cost nothing. */
function rows(x: tf.Tensor, axis: Axes): tf.Tensor2D {
  const axes = tf.util.parseAxisParam((axis ?? undefined) as number | number[], x.shape);
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...kept, ...axes];
  const sorted = order.every((dimension, i) => dimension === i) ? x : tf.transpose(x, order);
  return tf.reshape(sorted, [
    kept.reduce((size, i) => size * x.shape[i]!, 1),
    axes.reduce((size, i) => size * x.shape[i]!, 1),
  ]);
}

/** `matrix[r, columns[r, k]]`, flat. */
const pickColumns = (matrix: tf.Tensor2D, columns: tf.Tensor): tf.Tensor => {
  const [height, width] = matrix.shape;
  const starts = tf.range(0, height * width, width, "int32");
  return tf.gather(
    tf.reshape(matrix, [-1]),
    tf.reshape(tf.add(tf.reshape(columns, [height, -1]), tf.expandDims(starts, 1)), [-1]),
  );
};

/** Max and Min pass on the tangent of the entry that won; of several equal ones, the first: one wide pass. */
const winner = (arg: (x: tf.Tensor, axis: number) => tf.Tensor) =>
  rule<"x", { readonly reductionIndices?: Axes; readonly axis?: Axes }>(
    ({ inputs: { x }, tangents, outputs: [y], attrs }) => {
      const axis = attrs.reductionIndices ?? attrs.axis;
      return tf.reshape(pickColumns(rows(tangents.x!, axis), arg(rows(x, axis), 1)), y.shape);
    },
  );

/** Sums, and what normalises along an axis. */
export const reductions: Rules = {
  Sum: linearIn(["x"]),
  Mean: linearIn(["x"]),
  Cumsum: linearIn(["x"]),
  Max: winner((x, axis) => tf.argMax(x, axis)),
  Min: winner((x, axis) => tf.argMin(x, axis)),

  // Σ_i ẋ_i·Π_{j≠i} x_j, without dividing by x_i
  Prod: rule<"x", { readonly axis: Axes }>(({ inputs: { x }, tangents, outputs: [y], attrs: { axis } }) => {
    const x_RC = rows(x, axis);
    const others_RC = tf.mul(tf.cumprod(x_RC, 1, true, false), tf.cumprod(x_RC, 1, true, true));
    return tf.reshape(tf.sum(tf.mul(rows(tangents.x!, axis), others_RC), 1), y.shape);
  }),

  // The product rule along the axis, factor by factor: ṗ ← ṗ·x + p·ẋ, p ← p·x
  Cumprod: rule<"x", { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean }>(
    ({ inputs: { x }, tangents, attrs: { axis, exclusive, reverse } }) => {
      const inOrder = (parts: tf.Tensor[]) => (reverse ? parts.reverse() : parts);
      const factors = inOrder(tf.unstack(x, axis));
      const moves = inOrder(tf.unstack(tangents.x!, axis));
      let product = tf.onesLike(factors[0]!);
      let moved = tf.zerosLike(product);
      const out = factors.map((factor, i) => {
        const before = moved;
        moved = tf.add(tf.mul(moved, factor), tf.mul(product, moves[i]!));
        product = tf.mul(product, factor);
        return exclusive ? before : moved;
      });
      return tf.stack(inOrder(out), axis);
    },
  ),

  // p ⊙ (ż − ⟨p, ż⟩)
  Softmax: rule<"logits", { readonly dim: number }>(({ tangents, outputs: [p], attrs: { dim } }) => {
    const moved = tf.mul(p, tangents.logits!);
    return tf.sub(moved, tf.mul(p, tf.sum(moved, dim, true)));
  }),

  // ż − ⟨p, ż⟩
  LogSoftmax: rule<"logits", { readonly axis: number }>(({ tangents, outputs: [logP], attrs: { axis } }) =>
    tf.sub(tangents.logits!, tf.sum(tf.mul(tf.exp(logP), tangents.logits!), axis, true)),
  ),

  TopK: rule<"x">(({ tangents, outputs: [values, indices] }) => [
    tf.reshape(pickColumns(rows(tangents.x!, -1), indices!), values.shape),
    null,
  ]),
};

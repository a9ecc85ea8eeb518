import * as tf from "@tensorflow/tfjs";

/**
 * Reflects `border` rows and columns at the four sides, the edge itself not repeated. A side shorter than `border + 1`
 * repeats what it has.
 *
 * tfjs's own `mirrorPad` has a wrong gradient; here it is the kernel alone, with the gradient that folds the border
 * back.
 *
 * @returns `[B, H + 2·border[0], W + 2·border[1], C]`, owned by the caller.
 * @category images
 */
export const reflectionPad2d = (x_BHWC: tf.Tensor4D, border: readonly [number, number]): tf.Tensor4D => {
  const [, height, width] = x_BHWC.shape;
  if (border[0] >= height || border[1] >= width) return reflectAxis(reflectAxis(x_BHWC, 1, border[0]), 2, border[1]);
  return tf.customGrad(() => ({
    value: tf.mirrorPad(
      x_BHWC,
      [
        [0, 0],
        [border[0], border[0]],
        [border[1], border[1]],
        [0, 0],
      ],
      "reflect",
    ),
    gradFunc: (dy: tf.Tensor) => fold(fold(dy as tf.Tensor4D, 1, border[0]), 2, border[1]),
  }))(x_BHWC) as tf.Tensor4D;
};

const part = (x: tf.Tensor4D, axis: 1 | 2, from: number, count: number): tf.Tensor4D => {
  const [begin, size] = [[0, 0, 0, 0], [...x.shape]];
  begin[axis] = from;
  size[axis] = count;
  return tf.slice(x, begin, size);
};

/** One side by its rows: for images narrower than the border, which the kernel refuses. */
function reflectAxis(x_BHWC: tf.Tensor4D, axis: 1 | 2, border: number): tf.Tensor4D {
  const length = x_BHWC.shape[axis];
  const at = (i: number): tf.Tensor4D => part(x_BHWC, axis, Math.min(length - 1, Math.max(0, i)), 1);
  const offsets = Array.from({ length: border }, (_, k) => k + 1);
  const before = offsets.toReversed().map((k) => at(k));
  const after = offsets.map((k) => at(length - 1 - k));
  return tf.concat([...before, x_BHWC, ...after], axis);
}

/** The transpose of reflecting one axis: what came to the border is added to the rows that it is a copy of. */
function fold(dy: tf.Tensor4D, axis: 1 | 2, border: number): tf.Tensor4D {
  if (border === 0) return dy;
  const length = dy.shape[axis] - 2 * border;
  const inner = part(dy, axis, border, length);
  const [before, after] = [part(dy, axis, 0, border), part(dy, axis, border + length, border)].map((side) =>
    tf.reverse(side, axis),
  );
  if (length < 2 * border + 2) {
    const at = (side: tf.Tensor, from: number): tf.Tensor => {
      const room: [number, number][] = [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ];
      room[axis] = [from, length - border - from];
      return tf.pad(side, room);
    };
    return tf.addN([inner, at(before!, 1), at(after!, length - 1 - border)]) as tf.Tensor4D;
  }
  const rows = (from: number, count: number): tf.Tensor4D => part(inner, axis, from, count);
  return tf.concat(
    [
      rows(0, 1),
      tf.add(rows(1, border), before!),
      rows(border + 1, length - 2 * border - 2),
      tf.add(rows(length - 1 - border, border), after!),
      rows(length - 1, 1),
    ].filter(({ shape }) => shape[axis]! > 0),
    axis,
  ) as tf.Tensor4D;
}

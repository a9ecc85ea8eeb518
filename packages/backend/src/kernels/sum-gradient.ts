import * as tf from "@tensorflow/tfjs";

/** The shape of x with 1 in place of the axes that were summed over. */
const collapsed = (shape: readonly number[], axis: number | number[] | undefined): number[] => {
  const axes = new Set(tf.util.parseAxisParam(axis as number[], [...shape]));
  return shape.map((size, i) => (axes.has(i) ? 1 : size));
};

/**
 * `dy` at every summand. tfjs multiplies by ones of the size of x, made in JavaScript at every call; the numbers are
 * the same.
 */
export const sumGradient: tf.GradConfig = {
  kernelName: "Sum",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], { axis }) => ({
    x: () => tf.broadcastTo(tf.reshape(dy as tf.Tensor, collapsed(x!.shape, axis as number[])), x!.shape),
  }),
};

/** `dy / n` at each of the n numbers a mean was taken of; see {@link sumGradient}. */
export const meanGradient: tf.GradConfig = {
  kernelName: "Mean",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], { axis }) => ({
    x: () => {
      const shape = collapsed(x!.shape, axis as number[]);
      const share = tf.reshape(dy as tf.Tensor, shape).div(x!.size / tf.util.sizeFromShape(shape));
      return tf.broadcastTo(share, x!.shape);
    },
  }),
};

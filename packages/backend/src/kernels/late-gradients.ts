import * as tf from "@tensorflow/tfjs";

// tfjs multiplies dy by a factor such as y(1 − y), which a compiled step computes as soon as y is there and then holds
// until dy comes: two thirds of what the gradient needs of an activation again. Here every product has dy in it.

/** `dy·y(1 − y)`. */
export const sigmoidGradient: tf.GradConfig = {
  kernelName: "Sigmoid",
  outputsToSave: [true],
  gradFunc: (dy, [y]) => ({
    x: () => {
      const partly = tf.mul(dy as tf.Tensor, y!);
      return tf.sub(partly, tf.mul(partly, y!));
    },
  }),
};

/** `2·dy·x`. */
export const squareGradient: tf.GradConfig = {
  kernelName: "Square",
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({ x: () => tf.mul(tf.mul(dy as tf.Tensor, tf.cast(x!, "float32")), 2) }),
};

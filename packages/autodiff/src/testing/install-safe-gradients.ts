import * as tf from "@tensorflow/tfjs";
import { detached } from "../detached.js";

/**
 * Makes `tf.grad(tf.grad(f))` right for Exp, Tanh, Sigmoid, Softmax, Elu and Max: the exact double-backprop reference
 * in tests.
 *
 * Stock tfjs saves the output of these kernels, and its tape loses the path from the output's clone back to the input,
 * so that second derivatives are wrong (`x·exp(x)`, SiLU, GELU, attention) or throw. Here the input is saved and the
 * output computed anew, which costs the forward again; first derivatives stay the same. The registry is tfjs's own, so
 * everything in the process sees the change: an explicit call for tests, never for a library. `jvp` and `hvp` need none
 * of this. Of other ops, `tf.logSoftmax` and `tf.losses.softmaxCrossEntropy` stay wrong: use {@link safeLogSoftmax}.
 *
 * @returns A function that puts the stock gradients back.
 * @example
 * const uninstall = installSafeGradients();
 * tf.grad(tf.grad((x) => tf.exp(x)))(tf.scalar(1)); // e
 * uninstall();
 * @category reference
 */
export function installSafeGradients(): () => void {
  const stock = safe.map(({ kernelName }) => tf.getGradient(kernelName)!);
  replace(safe);
  return () => replace(stock);
}

const replace = (configs: readonly tf.GradConfig[]): void => {
  for (const config of configs) {
    tf.unregisterGradient(config.kernelName);
    tf.registerGradient(config);
  }
};

/** A gradient from the saved input `x` alone. */
const fromInput = (
  kernelName: string,
  backward: (dy: tf.Tensor, x: tf.Tensor, attrs: Readonly<Record<string, unknown>>) => tf.Tensor,
  input = "x",
): tf.GradConfig => ({
  kernelName,
  inputsToSave: [input],
  gradFunc: (dy, saved, attrs) => ({ [input]: () => backward(dy as tf.Tensor, saved[0]!, attrs) }),
});

const mask = (condition: () => tf.Tensor): tf.Tensor => detached(() => tf.cast(condition(), "float32"));

const safe: readonly tf.GradConfig[] = [
  fromInput("Exp", (dy, x) => tf.mul(dy, tf.exp(x))),
  fromInput("Tanh", (dy, x) => tf.mul(dy, tf.sub(1, tf.square(tf.tanh(x))))),
  fromInput("Sigmoid", (dy, x) => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x))))),
  fromInput("Elu", (dy, x) => {
    const above = mask(() => tf.greaterEqual(x, 0));
    return tf.mul(dy, tf.add(above, tf.mul(tf.sub(1, above), tf.exp(tf.minimum(x, 0)))));
  }),
  fromInput(
    "Softmax",
    (dy, logits, { dim }) => {
      const p = tf.softmax(logits, dim as number);
      const moved = tf.mul(dy, p);
      return tf.sub(moved, tf.mul(tf.sum(moved, dim as number, true), p));
    },
    "logits",
  ),
  fromInput("Max", (dy, x, attrs) => {
    const axes = tf.util.parseAxisParam(attrs["reductionIndices"] as number | number[], x.shape);
    const kept = tf.backend_util.expandShapeToKeepDim(
      tf.backend_util.computeOutAndReduceShapes(x.shape, axes)[0],
      axes,
    );
    return tf.mul(
      tf.reshape(dy, kept),
      mask(() => tf.equal(x, tf.max(x, axes, true))),
    );
  }),
];

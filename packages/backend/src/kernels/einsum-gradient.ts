import * as tf from "@tensorflow/tfjs";

interface Operand {
  readonly axes: string;
  readonly value: tf.Tensor;
}

/**
 * d/d(target) of `einsum`: contract dy with the other operand over everything the target lacks, then repeat along axes
 * only it has.
 */
const operandGradient = (target: Operand, dy: Operand, others: readonly Operand[]): tf.Tensor => {
  const sources = [dy, ...others];
  const known = [...target.axes].filter((axis) => sources.some(({ axes }) => axes.includes(axis)));
  const equation = `${sources.map(({ axes }) => axes).join(",")}->${known.join("")}`;
  const contracted = tf.einsum(equation, ...sources.map(({ value }) => value));
  const kept = [...target.axes].map((axis, i) => (known.includes(axis) ? target.value.shape[i]! : 1));
  return tf.broadcastTo(contracted.reshape(kept), target.value.shape);
};

/** Covers what tfjs's `einsum` itself covers: one or two operands, no repeated axis inside one, no ellipsis. */
export const einsumGradient: tf.GradConfig = {
  kernelName: "Einsum",
  saveAllInputs: true,
  gradFunc: (dy, saved, attrs) => {
    const equation = String(attrs["equation"]).replaceAll(/\s/g, "");
    const [inputs = "", output = ""] = equation.split("->");
    const operands = inputs.split(",").map((axes, i): Operand => ({ axes, value: saved[i]! }));
    const upstream: Operand = { axes: output, value: dy as tf.Tensor };
    const gradients = operands.map((target) => () => {
      const others = operands.filter((operand) => operand !== target);
      return operandGradient(target, upstream, others);
    });
    return Object.fromEntries(gradients.map((gradient, i) => [String(i), gradient]));
  },
};

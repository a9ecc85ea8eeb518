import * as tf from "@tensorflow/tfjs";
import { runKernel } from "../internal/engine.js";
import type { KernelCall, TangentRule } from "../tangent-rule.js";
import { sum, stretch, type Rules } from "./rule.js";

interface FusedAttrs {
  readonly activation?: string;
  readonly leakyreluAlpha?: number;
  readonly dataFormat?: string;
}

/** Derivative of the activation from its output: `ẏ = a'(z)·ż`, where `y = a(z)` tells `a'` for all that tfjs fuses. */
const through = (z: tf.Tensor, { inputs, outputs: [y], attrs }: KernelCall<string, FusedAttrs>): tf.Tensor => {
  switch (attrs.activation ?? "linear") {
    case "linear":
      return z;
    case "relu":
      return tf.mul(z, tf.step(y));
    case "relu6":
      return tf.mul(z, tf.cast(tf.logicalAnd(tf.greater(y, 0), tf.less(y, 6)), "float32"));
    case "elu":
      return runKernel("EluGrad", { dy: z, y });
    case "sigmoid":
      return tf.mul(z, tf.mul(y, tf.sub(1, y)));
    case "leakyrelu":
      return tf.where(tf.greater(y, 0), z, tf.mul(z, attrs.leakyreluAlpha ?? 0.2));
    case "prelu":
      return tf.where(tf.greater(y, 0), z, tf.mul(z, inputs["preluActivationWeights"]!));
    default:
      throw new RangeError(
        `jvp: fused activation '${attrs.activation}' is unknown; known: linear, relu, relu6, elu, ` +
          "sigmoid, leakyrelu, prelu",
      );
  }
};

/** A product with bias and activation in one kernel: `ẏ = a'(z)·(ẋ·w + x·ẇ + ḃ)`. */
const fused =
  (product: string, operands: readonly [string, string]): TangentRule =>
  (anyCall) => {
    const call = anyCall as unknown as KernelCall<string, FusedAttrs>;
    const { inputs, tangents, outputs, attrs } = call;
    const [left, right] = operands;
    const run = (name: string) =>
      tangents[name] &&
      runKernel(product, { [left]: inputs[left]!, [right]: inputs[right]!, [name]: tangents[name] }, { ...attrs });
    const perChannel = (t: tf.Tensor) => (attrs.dataFormat === "NCHW" && t.rank === 1 ? tf.reshape(t, [-1, 1, 1]) : t);
    const z = stretch(sum(run(left), run(right), tangents["bias"] && perChannel(tangents["bias"])), outputs[0]);
    const slope = tangents["preluActivationWeights"];
    return sum(z && through(z, call), slope && slopeTangent(call, slope));
  };

/** A moving PReLU slope: `min(z, 0)·α̇`, with z from the kernel without its activation. */
const slopeTangent = ({ kernel, inputs, attrs }: KernelCall<string, FusedAttrs>, slope: tf.Tensor): tf.Tensor => {
  const { preluActivationWeights: _, ...others } = inputs;
  return tf.mul(tf.minimum(runKernel(kernel, others, { ...attrs, activation: "linear" }), 0), slope);
};

/** The kernels of `tf.fused`, which tf.layers runs for inference. */
export const fusedKernels: Rules = {
  _FusedMatMul: fused("BatchMatMul", ["a", "b"]),
  FusedConv2D: fused("Conv2D", ["x", "filter"]),
  FusedDepthwiseConv2D: fused("DepthwiseConv2dNative", ["x", "filter"]),
};

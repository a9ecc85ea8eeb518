import * as tf from "@tensorflow/tfjs";
import { runKernel } from "../internal/engine.js";
import { forEach, linearIn, rule, stretch, sum, type Rules } from "./rule.js";

/**
 * Products and convolutions: linear in each operand, `ẏ = K(ẋ, w) + K(x, ẇ)`; the run whose tangent is zero is skipped.
 */
export const products: Rules = {
  BatchMatMul: linearIn(["a", "b"]),
  Einsum: ({ kernel, inputs, tangents, attrs }) => {
    const operands = Object.values(inputs);
    const run = (name: string) => Object.assign([...operands], { [name]: tangents[name]! });
    return sum(
      ...Object.keys(tangents).map((name) =>
        runKernel(kernel, run(name) as unknown as Record<string, tf.Tensor>, attrs),
      ),
    );
  },
  ...forEach(["Conv2D", "Conv3D", "DepthwiseConv2dNative"], linearIn(["x", "filter"])),
  ...forEach(
    ["Conv2DBackpropInput", "Conv3DBackpropInputV2", "DepthwiseConv2dNativeBackpropInput"],
    linearIn(["dy", "filter"]),
  ),
  ...forEach(
    ["Conv2DBackpropFilter", "Conv3DBackpropFilterV2", "DepthwiseConv2dNativeBackpropFilter"],
    linearIn(["x", "dy"]),
  ),

  // y = (x − m)·r·γ + β, r = (v + ε)^−½, ṙ = −½·r³·v̇
  FusedBatchNorm: rule<"x" | "mean" | "variance" | "scale" | "offset", { readonly varianceEpsilon: number }>(
    ({ inputs: { x, mean, variance, scale }, tangents: t, outputs: [y], attrs }) => {
      const r = tf.rsqrt(tf.add(variance, attrs.varianceEpsilon));
      const centred = t.x || t.mean ? sum(t.x, t.mean && tf.neg(t.mean)) : null;
      const normalised = sum(
        centred && tf.mul(centred, r),
        t.variance && tf.mul(tf.mul(tf.sub(x, mean), tf.mul(tf.mul(tf.square(r), r), -0.5)), t.variance),
      );
      const scaled = normalised && (scale as tf.Tensor | undefined) ? tf.mul(normalised, scale) : normalised;
      return stretch(sum(scaled, t.scale && tf.mul(tf.mul(tf.sub(x, mean), r), t.scale), t.offset), y);
    },
  ),
};

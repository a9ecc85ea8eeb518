import * as tf from "@tensorflow/tfjs";
import { runKernel } from "../internal/engine.js";
import { rule, stretch, sum, unary, type Rules } from "./rule.js";

const seluScale = 1.0507009873554805;
const seluScaleAlpha = 1.7580993408473768;

const within = (x: tf.Tensor, low: number, high: number) =>
  tf.logicalAnd(tf.greaterEqual(x, low), tf.lessEqual(x, high));

/** Activations: `ẏ = a'(x)·ẋ`. At a kink the tangent takes the side that tfjs's gradient takes. */
export const activations: Rules = {
  Sigmoid: unary((t, _, y) => tf.mul(t, tf.mul(y, tf.sub(1, y)))),
  Softplus: unary((t, x) => tf.mul(t, tf.sigmoid(x))),
  Relu: unary((t, x) => tf.mul(t, tf.step(x))),
  Relu6: unary((t, x) => tf.where(tf.logicalAnd(tf.greater(x, 0), tf.lessEqual(x, 6)), t, tf.zerosLike(t))),
  Elu: unary((t, _, y) => runKernel("EluGrad", { dy: t, y })),
  Selu: unary((t, x) =>
    tf.mul(t, tf.where(tf.greater(x, 0), tf.fill(x.shape, seluScale), tf.mul(tf.exp(x), seluScaleAlpha))),
  ),

  // EluGrad = dy·(y ≥ 0 ? 1 : y + 1)
  EluGrad: rule<"dy" | "y">(({ inputs: { dy, y }, tangents }) =>
    sum(
      tangents.dy && runKernel("EluGrad", { dy: tangents.dy, y }),
      tangents.y && tf.where(tf.less(y, 0), tf.mul(dy, tangents.y), tf.zerosLike(dy)),
    ),
  ),

  LeakyRelu: rule<"x", { readonly alpha: number }>(({ inputs: { x }, tangents, attrs: { alpha } }) =>
    tf.where(tf.greater(x, 0), tangents.x!, tf.mul(tangents.x!, alpha)),
  ),

  Prelu: rule<"x" | "alpha">(({ inputs: { x, alpha }, tangents, outputs: [y] }) => {
    const below = sum(tangents.x && tf.mul(tangents.x, alpha), tangents.alpha && tf.mul(tangents.alpha, x))!;
    return tf.where(tf.greater(x, 0), tangents.x ?? tf.zerosLike(x), stretch(below, y)!);
  }),

  ClipByValue: rule<"x", { readonly clipValueMin: number; readonly clipValueMax: number }>(
    ({ inputs: { x }, tangents, attrs }) =>
      tf.where(within(x, attrs.clipValueMin, attrs.clipValueMax), tangents.x!, tf.zerosLike(x)),
  ),
};

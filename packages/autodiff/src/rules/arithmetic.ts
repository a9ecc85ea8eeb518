import * as tf from "@tensorflow/tfjs";
import { linearIn, rule, stretch, sum, type Rules } from "./rule.js";

/** The tangents of two operands joined by `join`, or the one that is live; in the output's shape. */
const binary = (
  termA: (tangent: tf.Tensor, a: tf.Tensor, b: tf.Tensor, y: tf.Tensor) => tf.Tensor,
  termB: (tangent: tf.Tensor, a: tf.Tensor, b: tf.Tensor, y: tf.Tensor) => tf.Tensor,
) =>
  rule<"a" | "b">(({ inputs: { a, b }, tangents, outputs: [y] }) => {
    const { a: fromA, b: fromB } = tangents;
    return stretch(sum(fromA && termA(fromA, a, b, y), fromB && termB(fromB, a, b, y)), y);
  });

/** `a` where `condition`, `b` elsewhere, zero for a side that has no tangent. */
const choose = (condition: tf.Tensor, a: tf.Tensor | undefined, b: tf.Tensor | undefined, y: tf.Tensor) => {
  const side = (t: tf.Tensor | undefined) => (t ? stretch(t, y)! : tf.zerosLike(y));
  return tf.where(stretch(condition, y)!, side(a), side(b));
};

/** Functions of two numbers with broadcasting: `ẏ = ∂y/∂a·ȧ + ∂y/∂b·ḃ`. */
export const arithmetic: Rules = {
  Add: binary(
    (t) => t,
    (t) => t,
  ),
  Sub: rule<"a" | "b">(({ tangents: { a, b }, outputs: [y] }) => stretch(b ? (a ? tf.sub(a, b) : tf.neg(b)) : a!, y)),
  Multiply: binary(
    (t, _, b) => tf.mul(t, b),
    (t, a) => tf.mul(a, t),
  ),
  // (ȧ − y·ḃ)/b
  RealDiv: rule<"a" | "b">(({ inputs: { b }, tangents, outputs: [y] }) => {
    const { a: fromA, b: fromB } = tangents;
    if (!fromB) return stretch(tf.div(fromA!, b), y);
    const drag = tf.mul(y, fromB);
    return tf.div(fromA ? tf.sub(fromA, drag) : tf.neg(drag), b);
  }),
  SquaredDifference: rule<"a" | "b">(({ inputs: { a, b }, tangents, outputs: [y] }) => {
    const { a: fromA, b: fromB } = tangents;
    const moved = fromB ? (fromA ? tf.sub(fromA, fromB) : tf.neg(fromB)) : fromA!;
    return stretch(tf.mul(tf.mul(tf.sub(a, b), 2), moved), y);
  }),
  // ∂/∂a = b·a^(b−1); ∂/∂b = y·log a, zero where a ≤ 0, as in tfjs's gradient
  Pow: binary(
    (t, a, b) => tf.mul(t, tf.mul(b, tf.pow(a, tf.sub(b, 1)))),
    (t, a, _, y) => {
      const positive = tf.greater(a, 0);
      return tf.mul(t, tf.mul(y, tf.where(positive, tf.log(tf.where(positive, a, tf.onesLike(a))), tf.zerosLike(a))));
    },
  ),
  Mod: binary(
    (t) => t,
    (t, a, b) => tf.neg(tf.mul(t, tf.floor(tf.div(a, b)))),
  ),
  Atan2: binary(
    (t, a, b) => tf.div(tf.mul(t, b), tf.add(tf.square(a), tf.square(b))),
    (t, a, b) => tf.neg(tf.div(tf.mul(t, a), tf.add(tf.square(a), tf.square(b)))),
  ),
  // Ties go to `a`, as in tfjs's gradients
  Maximum: rule<"a" | "b">(({ inputs: { a, b }, tangents, outputs: [y] }) =>
    choose(tf.greaterEqual(a, b), tangents.a, tangents.b, y),
  ),
  Minimum: rule<"a" | "b">(({ inputs: { a, b }, tangents, outputs: [y] }) =>
    choose(tf.lessEqual(a, b), tangents.a, tangents.b, y),
  ),
  AddN: ({ tangents }) => sum(...Object.values(tangents)),
  Select: rule<"condition" | "t" | "e">(
    ({ inputs: { condition }, tangents: { t, e }, outputs: [y] }) =>
      tf.engine().runKernel("Select", { condition, t: t ?? tf.zerosLike(y), e: e ?? tf.zerosLike(y) }) as tf.Tensor,
  ),
  Complex: ({ inputs, tangents }) =>
    tf.complex(tangents["real"] ?? tf.zerosLike(inputs["real"]!), tangents["imag"] ?? tf.zerosLike(inputs["imag"]!)),
  ComplexAbs: rule<"x">(({ inputs: { x }, tangents, outputs: [y] }) => {
    const t = tangents.x!;
    return tf.div(tf.add(tf.mul(tf.real(x), tf.real(t)), tf.mul(tf.imag(x), tf.imag(t))), y);
  }),
  Real: linearIn(["input"]),
  Imag: linearIn(["input"]),
  FFT: linearIn(["input"]),
  IFFT: linearIn(["input"]),
};

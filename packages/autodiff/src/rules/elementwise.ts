import * as tf from "@tensorflow/tfjs";
import { forEach, unary, zero, type Rules } from "./rule.js";

const onePlusSquare = (x: tf.Tensor) => tf.add(tf.square(x), 1);
const oneMinusSquare = (x: tf.Tensor) => tf.sub(1, tf.square(x));

/** Functions of one number: `ẏ = y'(x)·ẋ`, from the output where that is cheaper. */
export const elementwise: Rules = {
  Neg: unary((t) => tf.neg(t)),
  Abs: unary((t, x) => tf.mul(t, tf.sign(x))),
  Square: unary((t, x) => tf.mul(t, tf.mul(x, 2))),
  Sqrt: unary((t, _, y) => tf.div(t, tf.mul(y, 2))),
  Rsqrt: unary((t, x, y) => tf.mul(t, tf.mul(tf.div(y, x), -0.5))),
  Reciprocal: unary((t, _, y) => tf.neg(tf.mul(t, tf.square(y)))),
  Exp: unary((t, _, y) => tf.mul(t, y)),
  Expm1: unary((t, _, y) => tf.mul(t, tf.add(y, 1))),
  Log: unary((t, x) => tf.div(t, x)),
  Log1p: unary((t, x) => tf.div(t, tf.add(x, 1))),
  Erf: unary((t, x) => tf.mul(t, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI)))),
  Sin: unary((t, x) => tf.mul(t, tf.cos(x))),
  Cos: unary((t, x) => tf.neg(tf.mul(t, tf.sin(x)))),
  Tan: unary((t, _, y) => tf.mul(t, onePlusSquare(y))),
  Asin: unary((t, x) => tf.div(t, tf.sqrt(oneMinusSquare(x)))),
  Acos: unary((t, x) => tf.neg(tf.div(t, tf.sqrt(oneMinusSquare(x))))),
  Atan: unary((t, x) => tf.div(t, onePlusSquare(x))),
  Sinh: unary((t, x) => tf.mul(t, tf.cosh(x))),
  Cosh: unary((t, x) => tf.mul(t, tf.sinh(x))),
  Tanh: unary((t, _, y) => tf.mul(t, oneMinusSquare(y))),
  Asinh: unary((t, x) => tf.div(t, tf.sqrt(onePlusSquare(x)))),
  Acosh: unary((t, x) => tf.div(t, tf.sqrt(tf.sub(tf.square(x), 1)))),
  Atanh: unary((t, x) => tf.div(t, oneMinusSquare(x))),
  ...forEach(["Floor", "Ceil", "Round", "Sign", "Step", "FloorDiv", "ZerosLike", "OnesLike"], zero),
};

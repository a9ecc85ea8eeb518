import * as tf from "@tensorflow/tfjs";
import { engine } from "./internal/engine.js";
import { jvp } from "./jvp.js";
import type { TensorRecord } from "./tree.js";

/**
 * Hessian-vector product of a scalar function, exact to rounding: `∇²f(x)·v = d/dε ∇f(x + ε·v) |ε=0`, forward over
 * reverse.
 *
 * Costs about two gradients in time and never forms the Hessian. Stock tfjs gets this wrong: `tf.grad` of
 * `⟨tf.grad(f)(x), v⟩` throws or silently drops the paths through saved outputs (SiLU, GELU, attention).
 *
 * @param f Scalar-valued, twice differentiable; called as {@link jvp} calls it.
 * @param x Where to differentiate: a float tensor, an array or a record of them.
 * @param v The direction, the same structure and shapes; an array or record may leave entries out: zero.
 * @returns `∇²f·v` in the structure of `x`, owned by the caller; zeros where `f` does not depend on an entry.
 * @throws RangeError when `f` is not scalar-valued; else as {@link jvp}.
 * @example `hvp((x) => tf.sum(tf.pow(x, 3)), tf.tensor1d([1, 2]), tf.tensor1d([1, 1])); // [6, 12]`
 * @category forward mode
 */
export function hvp<P extends tf.Tensor>(f: (x: P) => tf.Tensor, x: P, v: tf.Tensor): P;
export function hvp<P extends readonly tf.Tensor[]>(
  f: (...xs: NoInfer<P>) => tf.Tensor,
  x: readonly [...P],
  v: readonly (tf.Tensor | undefined)[],
): { -readonly [Index in keyof P]: P[Index] };
export function hvp<P extends TensorRecord>(
  f: (x: P) => tf.Tensor,
  x: P,
  v: { readonly [Name in keyof P]?: tf.Tensor | undefined },
): { -readonly [Name in keyof P]: P[Name] };
export function hvp(
  f: (...xs: never[]) => tf.Tensor,
  x: tf.Tensor | readonly tf.Tensor[] | TensorRecord,
  v: tf.Tensor | readonly (tf.Tensor | undefined)[] | Readonly<Record<string, tf.Tensor | undefined>>,
): tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor> {
  const loss = f as (...xs: unknown[]) => tf.Tensor;
  return tf.tidy(() => {
    if (x instanceof tf.Tensor)
      return jvp((y: tf.Tensor) => gradients(() => loss(y), [y])[0]!, x, v as tf.Tensor).tangent;
    if (Array.isArray(x)) {
      const xs = x as readonly tf.Tensor[];
      return jvp((...ys: tf.Tensor[]) => gradients(() => loss(...ys), ys), [...xs], v as readonly tf.Tensor[]).tangent;
    }
    const names = Object.keys(x);
    const gradient = (ys: TensorRecord) => {
      const grads = gradients(() => loss(ys), Object.values(ys));
      return Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
    };
    return jvp(gradient, x as TensorRecord, v as TensorRecord).tangent;
  });
}

/** `tf.grads`, with zeros for what `f` does not use. */
function gradients(f: () => tf.Tensor, xs: readonly tf.Tensor[]): tf.Tensor[] {
  const { value, grads } = engine().gradients(f, xs, null, true);
  if (value.size !== 1)
    throw new RangeError(`hvp: f must be scalar-valued, but returned shape [${value.shape.join(", ")}].`);
  return xs.map((x, i) => grads[i] ?? tf.zerosLike(x));
}

import * as tf from "@tensorflow/tfjs";
import { UnsupportedNestingError } from "./errors.js";
import { engine, tidy } from "./internal/engine.js";
import { mapTree, refusePromise } from "./internal/map-tree.js";
import { TangentScope } from "./internal/tangent-scope.js";
import type { TensorRecord, TensorTree } from "./tree.js";

/**
 * What {@link jvp} returns: two trees of one structure.
 * @category forward mode
 */
export interface Jvp<Out> {
  readonly value: Out;
  readonly tangent: Out;
}

/**
 * Value and directional derivative of `f` in one forward pass: `value = f(x)`,
 * `tangent = d/dε f(x + ε·v) |ε=0 = J_f(x)·v`.
 *
 * Nothing of the Jacobian is stored: a tangent is computed beside each value and freed with it. `f` may take gradients
 * itself (`tf.grad`, `tf.valueAndGrads`, `tf.customGrad`, a tf.layers model), and then the tangent is an exact second
 * derivative, where stock `tf.grad(tf.grad(f))` throws or is silently wrong: tfjs's tape loses the paths through saved
 * outputs (exp, tanh, sigmoid, softmax), so that SiLU, GELU and attention get wrong numbers without an error. `f` may
 * call `jvp` too.
 *
 * As with `tf.grad`, tensors that `f` captures count as the primals that they are; everything else is constant. So
 * `jvp(() => model.apply(x), weights, directions)` differentiates a model that never heard of it. Where the derivative
 * jumps (ties of max, relu at 0) a one-sided one is taken. In-place effects on variables during `f` are not
 * differentiated.
 *
 * @param f Synchronous. Called as `f(x)` for one tensor, `f(...xs)` for an array, `f(record)` for a record.
 * @param primals Where to differentiate; float tensors move, others are passed along.
 * @param tangents The direction: the same structure and shapes. Records and arrays may leave names out (`undefined`):
 *   zero.
 * @returns `value` and `tangent` in the structure that `f` returned, owned by the caller. Zero tangents are zeros.
 * @throws {UncoveredKernelError} When a kernel has no tangent rule: see {@link registerTangent}.
 * @throws {UnsupportedNestingError} When called inside `tf.grad`: see {@link detached}.
 * @throws TypeError when `f` returns a promise or a leaf that is no tensor; RangeError when shapes differ.
 * @example
 * const { value, tangent } = jvp((x) => tf.sum(tf.square(x)), tf.tensor1d([1, 2]), tf.tensor1d([1, 0])); // 5 and 2
 * @see docs of JAX's `jax.jvp`, whose signature this follows.
 * @category forward mode
 */
export function jvp<P extends tf.Tensor, Out extends TensorTree>(
  f: (x: P) => Out,
  primals: P,
  tangents: tf.Tensor,
): Jvp<Out>;
export function jvp<P extends readonly tf.Tensor[], Out extends TensorTree>(
  f: (...xs: NoInfer<P>) => Out,
  primals: readonly [...P],
  tangents: readonly (tf.Tensor | undefined)[],
): Jvp<Out>;
export function jvp<P extends TensorRecord, Out extends TensorTree>(
  f: (x: P) => Out,
  primals: P,
  tangents: { readonly [Name in keyof P]?: tf.Tensor | undefined },
): Jvp<Out>;
export function jvp(f: (...xs: never[]) => TensorTree, primals: Primals, tangents: Tangents): Jvp<TensorTree> {
  if (engine().state.gradientDepth > 0) throw new UnsupportedNestingError();
  checkDirection(primals, tangents);
  return tidy(() => {
    const scope = new TangentScope();
    try {
      const value = call(f, primals, (name, x) => scope.bind(x, pick(tangents, name)));
      refusePromise("jvp", value);
      return {
        tangent: mapTree(value, (x) => scope.tangentOf(x), refuseLeaf) as TensorTree,
        value: mapTree(value, (x) => scope.valueOf(x)) as TensorTree,
      };
    } finally {
      scope.close();
    }
  });
}

type Primals = tf.Tensor | readonly tf.Tensor[] | TensorRecord;
type Tangents = tf.Tensor | readonly (tf.Tensor | undefined)[] | Readonly<Record<string, tf.Tensor | undefined>>;

const pick = (tangents: Tangents, name: string): tf.Tensor | undefined =>
  tangents instanceof tf.Tensor ? tangents : (tangents as Readonly<Record<string, tf.Tensor | undefined>>)[name];

function call(f: (...xs: never[]) => TensorTree, primals: Primals, bind: (name: string, x: tf.Tensor) => tf.Tensor) {
  const g = f as (...xs: unknown[]) => TensorTree;
  if (primals instanceof tf.Tensor) return g(bind("", primals));
  if (Array.isArray(primals)) return g(...primals.map((x: tf.Tensor, i) => bind(String(i), x)));
  return g(Object.fromEntries(Object.entries(primals).map(([name, x]) => [name, bind(name, x)])));
}

function checkDirection(primals: Primals, tangents: Tangents): void {
  const one = primals instanceof tf.Tensor;
  if (one !== tangents instanceof tf.Tensor || Array.isArray(primals) !== Array.isArray(tangents)) {
    throw new TypeError(
      "jvp: tangents must have the structure of primals: a tensor, an array or a record, both alike.",
    );
  }
  if (one) return checkLeaf("x", primals, tangents as tf.Tensor);
  for (const [name, tangent] of Object.entries(tangents)) {
    const primal = (primals as TensorRecord)[name];
    if (!primal) throw new TypeError(`jvp: tangents has '${name}', which primals lacks.`);
    if (tangent) checkLeaf(name, primal, tangent as tf.Tensor);
  }
}

function checkLeaf(name: string, primal: tf.Tensor, tangent: tf.Tensor): void {
  if (!tf.util.arraysEqual(primal.shape, tangent.shape)) {
    throw new RangeError(
      `jvp: tangent of '${name}' has shape [${tangent.shape.join(", ")}], its primal [${primal.shape.join(", ")}].`,
    );
  }
  if (primal.dtype !== tangent.dtype || primal.dtype !== "float32") {
    throw new TypeError(
      `jvp: '${name}' is ${primal.dtype} with a ${tangent.dtype} tangent; both must be float32. Leave ` +
        "tangents of others out.",
    );
  }
}

function refuseLeaf(leaf: unknown): never {
  throw new TypeError(
    "jvp: f must return tensors (alone, or in arrays and records), but returned " +
      `${leaf === null ? "null" : typeof leaf}.`,
  );
}

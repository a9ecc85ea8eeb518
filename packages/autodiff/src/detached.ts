import { engine, offTape, tidy } from "./internal/engine.js";
import { mapTree, refusePromise } from "./internal/map-tree.js";
import { constantAlias, isTracked, withoutTangents } from "./internal/tangent-scope.js";

/**
 * Runs `f` off the tape and with tangents off: `f()` in value, constant in every derivative.
 *
 * Nothing inside is recorded or saved, so kernels without a gradient (`topk`, comparisons, integer work) may run there,
 * and nothing computed from the results leads back through them. Use it for targets, masks and anything that picks or
 * counts. `f` may take gradients of its own, also in the middle of someone else's `tf.grad` or {@link jvp}.
 *
 * @param f Synchronous; called once. Returns tensors in arrays and plain records; other leaves are passed along.
 * @returns The tree that `f` returned, owned by the caller as an op's result is (a `tf.tidy` around it frees it). A
 *   tensor that existed before comes back as a new tensor on the same data.
 * @throws TypeError when `f` returns a promise.
 * @example `const { values } = detached(() => tf.topk(logits, 8)); // inside a loss under tf.grad`
 * @see {@link stopGradient} for tensors at hand.
 * @category constants
 */
export function detached<T>(f: () => T): T {
  const firstId = engine().nextTensorId();
  return tidy(() => {
    const result = offTape(() => withoutTangents(f));
    refusePromise("detached", result);
    return mapTree(result, (x) => (x.id < firstId || isTracked(x) ? constantAlias(x) : x)) as T;
  });
}

import * as tf from "@tensorflow/tfjs";

const isPlain = (x: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(x) as object | null);

/** The tree with `f` applied to each tensor. Other leaves go to `other`, which by default leaves them alone. */
export function mapTree(
  tree: unknown,
  f: (x: tf.Tensor) => unknown,
  other = (leaf: unknown): unknown => leaf,
): unknown {
  if (tree instanceof tf.Tensor) return f(tree);
  if (Array.isArray(tree)) return tree.map((branch) => mapTree(branch, f, other));
  if (typeof tree !== "object" || tree === null || !isPlain(tree)) return other(tree);
  return Object.fromEntries(Object.entries(tree).map(([name, branch]) => [name, mapTree(branch, f, other)]));
}

/** Throws when `f` turned out to be asynchronous: its later kernels would run after tape and tangents are gone. */
export function refusePromise(caller: string, result: unknown): void {
  if (typeof result !== "object" || result === null || !("then" in result) || typeof result.then !== "function") return;
  (result as Promise<unknown>).then(undefined, () => undefined); // its own failure is no news beside ours
  throw new TypeError(`${caller}: f returned a promise. f must be synchronous: await first, then pass the values in.`);
}

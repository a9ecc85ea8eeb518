import * as tf from "@tensorflow/tfjs";
import { type Params, type Random, VptError } from "@vpt/contracts";
import { innerProduct, mapParams } from "@vpt/contracts/tensors";

/**
 * One thing that every implementation of a contract keeps to. `check` throws a {@link VptError} that names the law and
 * says what came instead. Suites depend on no test runner.
 *
 * @example
 * ```ts
 * import { learnerLaws } from "@vpt/core/testing";
 * import { nextTokenTask } from "@vpt/lang";
 * import { it } from "vitest";
 *
 * const fixture = { params, subset: ["model.norm.weight"], batch, taskOf: () => nextTokenTask(batch) };
 * it.each(learnerLaws(learner, fixture))("$name", ({ check }) => check());
 * ```
 */
export interface Law {
  readonly name: string;
  check(): void | Promise<void>;
}

/** Runs all laws and returns the names of those that are broken, in order. */
export async function brokenLaws(laws: readonly Law[]): Promise<string[]> {
  const broken: string[] = [];
  for (const { name, check } of laws) {
    try {
      await check();
    } catch {
      broken.push(name);
    }
  }
  return broken;
}

/** Throws the law's name with what was received, unless `holds`. */
export type Expect = (holds: boolean, received: string) => void;

/** Makes a law of a check that frees all tensors it makes, unless it is asynchronous. */
export const law = (contract: string, name: string, check: (expect: Expect) => void | Promise<void>): Law => {
  const expect: Expect = (holds, received) => {
    if (!holds) throw new VptError(`${contract} law "${name}": ${received}`);
  };
  return {
    name,
    async check() {
      tf.engine().startScope();
      try {
        await check(expect);
      } finally {
        tf.engine().endScope();
      }
    },
  };
};

/** A tree of tensors, arrays and plain values as text that compares by content. */
export function contentOf(tree: unknown): string {
  return JSON.stringify(tree, function (this: unknown, _, value: unknown) {
    if (value instanceof tf.Tensor)
      return { shape: value.shape, dtype: value.dtype, values: [...value.dataSync()].map(String) };
    if (ArrayBuffer.isView(value)) return [...(value as unknown as Float32Array)];
    return value;
  });
}

/** All float tensors of a tree. */
export function floatTensorsOf(tree: unknown): tf.Tensor[] {
  if (tree instanceof tf.Tensor) return tree.dtype === "float32" ? [tree] : [];
  if (typeof tree !== "object" || tree === null || ArrayBuffer.isView(tree)) return [];
  return Object.values(tree).flatMap(floatTensorsOf);
}

/** The float tensors of named ones. */
export const floatsOf = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).filter(([, { dtype }]) => dtype === "float32"));

/** Standard normal tensors of the same names and shapes. */
export const normalLike = (params: Params, random: Random): Params =>
  mapParams(params, ({ shape, size }) =>
    tf.tensor(
      Float32Array.from({ length: size }, () => random.normal()),
      shape,
    ),
  );

/** How many tensors `f` leaves behind, its result included, outside of all scopes. */
export function tensorsLeftBy(f: () => unknown): number {
  const before = tf.memory().numTensors;
  const result = f();
  const left = tf.memory().numTensors - before;
  tf.dispose(result as tf.TensorContainer);
  return left;
}

const numberOf = (scalar: tf.Tensor): number => scalar.dataSync()[0]!;

/**
 * The relative error of `f`'s gradient against a central difference along a random direction: `|⟨∇f, d⟩ − Δf/2ε|` over
 * the larger of the difference and ‖∇f‖. Float32 and curvature leave about 1e-3 at ε = 1e-2;
 * what curvature leaves falls as ε².
 */
export function gradientError(f: (moving: Params) => tf.Scalar, at: Params, random: Random, epsilon = 1e-2): number {
  const direction = normalLike(at, random);
  const names = Object.keys(at);
  const variables = names.map((name) => at[name]!.clone());
  const loss = (): tf.Scalar => f(Object.fromEntries(names.map((name, i) => [name, variables[i]!])));
  const { grads } = tf.engine().gradients(loss, variables, undefined, true);
  return tf.tidy(() => {
    const gradient = Object.fromEntries(names.map((name, i) => [name, grads[i] ?? tf.zerosLike(at[name]!)]));
    const moved = (by: number): number =>
      numberOf(f(mapParams(at, (tensor, name) => tensor.add(direction[name]!.mul(by)))));
    const difference = (moved(epsilon) - moved(-epsilon)) / (2 * epsilon);
    const slope = numberOf(innerProduct(gradient, direction));
    const scale = Math.max(Math.abs(difference), numberOf(innerProduct(gradient, gradient).sqrt()), 1e-6);
    return Math.abs(slope - difference) / scale;
  });
}

import * as tf from "@tensorflow/tfjs";
import { runKernel } from "../internal/engine.js";
import { UncoveredKernelError } from "../errors.js";
import type { KernelCall, TangentRule } from "../tangent-rule.js";

/** A family of rules: kernel name → rule. */
export type Rules = Readonly<Record<string, TangentRule>>;

/** A rule with its input names and attributes spelled out. */
export const rule = <Name extends string, Attrs = Readonly<Record<string, unknown>>>(
  f: TangentRule<Name, Attrs>,
): TangentRule => f as unknown as TangentRule;

/** The same rule for several kernels. */
export const forEach = (kernels: readonly string[], shared: TangentRule): Rules =>
  Object.fromEntries(kernels.map((kernel) => [kernel, shared]));

/** Kernels that are flat wherever they have a derivative: tangent zero. */
export const zero: TangentRule = () => null;

/** `ẏ = y'(x)·ẋ` for a function of one input, `x`. */
export const unary = (tangentOf: (tangent: tf.Tensor, x: tf.Tensor, y: tf.Tensor) => tf.Tensor): TangentRule =>
  rule<"x">(({ inputs: { x }, tangents, outputs: [y] }) => tangentOf(tangents.x!, x, y));

/** Sum of the terms that are there; null when none is. */
export const sum = (...terms: readonly (tf.Tensor | null | undefined)[]): tf.Tensor | null => {
  const live = terms.filter((term) => term !== null && term !== undefined);
  return live.length === 0 ? null : live.reduce((total, term) => tf.add(total, term));
};

/** A tangent stretched to the shape of the output that it belongs to. */
export const stretch = (tangent: tf.Tensor | null, output: tf.Tensor): tf.Tensor | null =>
  tangent && !tf.util.arraysEqual(tangent.shape, output.shape) ? tf.broadcastTo(tangent, output.shape) : tangent;

/**
 * Kernels that are linear in each of `names`, the others held: `ẏ = Σ_i K(…, ẋ_i, …)`, one run for each live tangent.
 * `ignored` inputs give a shape or a choice only. A tangent on any other input has no rule.
 */
export const linearIn = (names: readonly string[], ignored: readonly string[] = []): TangentRule => {
  return ({ kernel, inputs, tangents, outputs, attrs }) => {
    refuseOthers({ kernel, tangents }, [...names, ...ignored]);
    const runs = names
      .filter((name) => tangents[name])
      .map((name) => runKernel(kernel, { ...inputs, [name]: tangents[name]! }, attrs) as tf.Tensor | tf.Tensor[]);
    if (outputs.length > 1) return runs[0] as tf.Tensor[]; // kernels of several outputs have one linear input
    return sum(...runs.map((run) => (Array.isArray(run) ? run[0] : run)));
  };
};

/**
 * Kernels that are linear in several inputs together, such as Concat: one run on the tangents, with zeros where there
 * is none.
 */
export const jointlyLinearIn = (names?: readonly string[]): TangentRule => {
  return ({ kernel, inputs, tangents, attrs }) => {
    if (names) refuseOthers({ kernel, tangents }, names);
    const moved = Object.entries(inputs).map(([name, x]) => {
      const tangent = tangents[name] ?? (names && !names.includes(name) ? x : tf.zerosLike(x));
      return [name, tangent] as const;
    });
    const operands = names ? Object.fromEntries(moved) : moved.map(([, x]) => x); // lists must stay lists
    return runKernel(kernel, operands as Readonly<Record<string, tf.Tensor>>, attrs);
  };
};

/** Throws for a tangent on an input that the rule knows nothing about. */
export function refuseOthers(
  { kernel, tangents }: Pick<KernelCall, "kernel" | "tangents">,
  known: readonly string[],
): void {
  const others = Object.keys(tangents).filter((name) => !known.includes(name));
  if (others.length > 0) throw new UncoveredKernelError({ kernel, inputs: others });
}

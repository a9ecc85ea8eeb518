import { registry } from "./internal/registry.js";
import { rules } from "./rules/index.js";
import type { TangentRule } from "./tangent-rule.js";

/**
 * Teaches {@link jvp} a kernel, or replaces the rule that it has: `ẏ = Σ_i ∂y/∂x_i · ẋ_i`.
 *
 * Use it for a kernel of your own, or for one of the few of tfjs that {@link coveredKernels} lacks. The rule receives
 * the kernel's inputs, outputs and attributes and the tangents that are not zero; it returns the output's tangent,
 * `null` for zero, or an array for several outputs. It is tidied, and may use any tfjs op. Kernels whose outputs are
 * all int or bool need none.
 *
 * @param kernel The kernel's name, as in `tf.registerKernel`.
 * @returns A function that takes the rule back.
 * @example
 * registerTangent<"x">("Cube", ({ inputs: { x }, tangents }) => tangents.x ? tangents.x.mul(x.square()).mul(3) : null);
 * @category rules
 */
export function registerTangent<Name extends string = string, Attrs = Readonly<Record<string, unknown>>>(
  kernel: string,
  rule: TangentRule<Name, Attrs>,
): () => void {
  const registered = registry().rules;
  const before = registered.get(kernel);
  registered.set(kernel, rule as unknown as TangentRule);
  return () => {
    if (before) registered.set(kernel, before);
    else registered.delete(kernel);
  };
}

/** The rule in force for a kernel. */
export const tangentRule = (kernel: string): TangentRule | undefined =>
  registry().rules.get(kernel) ?? rules.get(kernel)?.rule;

/**
 * Every kernel that {@link jvp} can pass, with the family its rule belongs to; `"constant"` ones have tangent zero.
 *
 * @example `coveredKernels().some(({ kernel }) => kernel === "Softmax"); // true`
 * @category rules
 */
export const coveredKernels = (): readonly { readonly kernel: string; readonly family: string }[] => {
  const registered = registry().rules;
  return [
    ...[...rules].filter(([kernel]) => !registered.has(kernel)).map(([kernel, { family }]) => ({ kernel, family })),
    ...[...registered.keys()].map((kernel) => ({ kernel, family: "registered" })),
  ].sort((a, b) => (a.kernel < b.kernel ? -1 : 1));
};

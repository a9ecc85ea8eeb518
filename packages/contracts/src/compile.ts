/**
 * Makes a function of tensor trees faster without changing what it computes: `compile` of `@vpt/backend` is one. What
 * the result takes and gives is what `f` takes and gives; numbers among the arguments are frozen into it, so what
 * changes from call to call must be a tensor.
 *
 * @category training
 */
export type Compile = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
) => ((...args: Args) => Result) & { dispose?(): void };

const made = new WeakMap<Compile, WeakMap<object, unknown>>();

/**
 * `compile(f)`, made once for each pair, so that what was compiled is found again at the next call; `f` itself without
 * `compile`.
 *
 * @example
 * ```ts
 * import { compile } from "@vpt/backend";
 * import { compileOnce } from "@vpt/contracts";
 * import { globalNorm } from "@vpt/contracts/tensors";
 *
 * const norm = compileOnce(compile, globalNorm); // globalNorm is a function of a module, not made here
 * ```
 * @category training
 */
export function compileOnce<Args extends readonly unknown[], Result>(
  compile: Compile | undefined,
  f: (...args: Args) => Result,
): ((...args: Args) => Result) & { dispose?(): void } {
  if (!compile) return f;
  const known = made.get(compile) ?? new WeakMap<object, unknown>();
  made.set(compile, known);
  const compiled = (known.get(f) as ((...args: Args) => Result) | undefined) ?? compile(f);
  known.set(f, compiled);
  return compiled;
}

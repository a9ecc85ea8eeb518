import type { Compile } from "@vpt/contracts";

type Made = { dispose?(): void };
const made = new WeakMap<object, Map<unknown, Made>>();

/**
 * Returns `make(options)`, compiled where the options ask for it, and made once for each pair: what was compiled
 * belongs to the options object and is found again at the next step.
 */
export function compiledFor<Options extends { readonly compile?: Compile }, Args extends readonly unknown[], Result>(
  options: Options,
  make: (options: Options) => (...args: Args) => Result,
): (...args: Args) => Result {
  const known = made.get(options) ?? new Map<unknown, Made>();
  made.set(options, known);
  const before = known.get(make) as ((...args: Args) => Result) | undefined;
  if (before) return before;
  const f = options.compile ? options.compile(make(options)) : make(options);
  known.set(make, f as Made);
  return f;
}

/** Frees what was compiled for these options, which may be used again. */
export function disposeStep(options: object): void {
  for (const f of made.get(options)?.values() ?? []) f.dispose?.();
  made.delete(options);
}

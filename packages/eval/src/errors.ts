const brand = Symbol.for("vpt.error");

/** What an {@link EvalInputError} knows about the bad input. */
export interface EvalInputDetails {
  /** Function and argument, such as `passAtK: k`. */
  readonly where: string;
  readonly expected: string;
  readonly received: string;
  /** What to do about it, as a sentence. */
  readonly advice?: string;
}

/**
 * An input that no protocol gives a score for. The message says where, what was expected, what came, and what to do.
 * It carries the brand of core's `VptError`, so `VptError.isInstance` recognises it though this package imports
 * nothing.
 * @example
 * ```ts
 * import { passAtK } from "@vpt/eval/pass-at-k";
 * import { EvalInputError } from "@vpt/eval";
 *
 * try { passAtK(4, 1, 8); } catch (error) { if (EvalInputError.isInstance(error)) console.error(error.message); }
 * ```
 * @category errors
 */
export class EvalInputError extends Error {
  readonly [brand] = true;
  override readonly name = "EvalInputError";

  constructor(readonly details: EvalInputDetails) {
    const { where, expected, received, advice } = details;
    super(`${where}: expected ${expected}, received ${received}${advice === undefined ? "" : `. ${advice}`}`);
  }

  /** True for errors of this kind, also across two copies of the package. */
  static isInstance(error: unknown): error is EvalInputError {
    return typeof error === "object" && error !== null && brand in error && "details" in error;
  }
}

/** Throws unless `value` is an integer in `[min, max]`. */
export function checkInteger(where: string, value: number, min: number, max = Infinity): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  const expected = max === Infinity ? `an integer of at least ${min}` : `an integer from ${min} to ${max}`;
  throw new EvalInputError({ where, expected, received: String(value) });
}

/** Throws unless the two lengths agree. */
export function checkLength(where: string, received: number, expected: number, what = "values"): void {
  if (received === expected) return;
  throw new EvalInputError({ where, expected: `${expected} ${what}`, received: String(received) });
}

/** Throws unless `value` is one of `allowed`; the message lists them. */
export function checkOption(where: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return;
  throw new EvalInputError({ where, expected: `one of ${allowed.join(", ")}`, received: String(value) });
}

const brand = Symbol.for("vpt.error");

/**
 * An error a user can act on: its message says what went wrong, where, what was expected, what came, and what to do.
 * Command line tools print the message alone; anything else is a bug and keeps its stack.
 * @category errors
 */
export class VptError extends Error {
  readonly [brand] = true;
  override readonly name: string = "VptError";

  /**
   * True for every error of this kind, also across two copies of the package and for `@vpt/*` packages that do not
   * import core.
   */
  static isInstance(error: unknown): error is VptError {
    return typeof error === "object" && error !== null && brand in error;
  }
}

/**
 * A tensor has another shape than its place asks for.
 * @category errors
 */
export class ShapeMismatchError extends VptError {
  override readonly name = "ShapeMismatchError";
  constructor(
    readonly details: { readonly operand: string; readonly expected: string; readonly received: readonly number[] },
  ) {
    super(`${details.operand}: expected shape ${details.expected}, received [${details.received.join(", ")}]`);
  }
}

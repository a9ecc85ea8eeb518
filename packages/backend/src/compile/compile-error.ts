const brand = Symbol.for("vpt.error");

/**
 * A function cannot be compiled, or a compiled one cannot run. Carries the brand of `VptError`.
 * @category errors
 */
export class CompileError extends Error {
  readonly [brand] = true;
  override readonly name = "CompileError";
  constructor(
    /** The name of the function. */
    readonly functionName: string,
    problem: string,
  ) {
    super(`compile(${functionName}): ${problem}`);
  }
}

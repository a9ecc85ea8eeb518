import { VptError } from "@vpt/contracts";

/**
 * A function cannot be compiled, or a compiled one cannot run.
 * @category errors
 */
export class CompileError extends VptError {
  override readonly name = "CompileError";
  constructor(
    /** The name of the function. */
    readonly functionName: string,
    problem: string,
  ) {
    super(`compile(${functionName}): ${problem}`);
  }
}

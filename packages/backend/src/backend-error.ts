import { VptError } from "@vpt/contracts";

/**
 * A step of provisioning or loading could not be done. The message says what was tried, what came and what to do;
 * the fields say the same for programs.
 * @category errors
 */
export class BackendError extends VptError {
  override readonly name = "BackendError";
  constructor(
    readonly details: {
      /** What was being done, e.g. "download" or "compile". */
      readonly step: string;
      /** What went wrong, in one sentence. */
      readonly problem: string;
      /** The command, or the change, that mends it. */
      readonly fix: string;
      /** The end of the failing program's output. */
      readonly output?: string;
    },
  ) {
    const { step, problem, fix, output } = details;
    super(`${step}: ${problem}. To mend it: ${fix}${output ? `\n  Output ends:\n${output}` : ""}`);
  }
}

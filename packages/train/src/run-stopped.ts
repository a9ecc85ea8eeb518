import { VptError } from "@vpt/core";

/** Thrown when the signal stopped a run: its state is saved, and the same call with `resume` continues it. */
export class RunStopped extends VptError {
  override readonly name = "RunStopped";
  constructor(
    readonly method: string,
    /** Learner steps done of that method. */
    readonly step: number,
  ) {
    super(`stopped at step ${step} of ${method}; the same command with --resume continues from there`);
  }
}

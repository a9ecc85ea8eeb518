import { VptError } from "@vpt/core";

/** Throws unless a share of the target, α or α_max, lies in [0, 1]: `q` would be no distribution. */
export function checkGate(what: string, gate: number): void {
  if (!(gate >= 0 && gate <= 1)) throw new VptError(`${what} ${gate}; expected a number between 0 and 1`);
}

import type { StepMetrics } from "@vpt/core";
import type { Progress } from "../progress.js";
import type { RunCallback } from "../run-callback.js";

/** Prints a line when a detector finds something in a step's metrics, such as a gate that has collapsed. */
export const alarms = (
  progress: Pick<Progress, "log">,
  detectors: readonly ((metrics: StepMetrics) => string | undefined)[],
): RunCallback => ({
  onStep: ({ method, metrics }) => {
    for (const detect of detectors) {
      const warning = detect(metrics);
      if (warning !== undefined) progress.log(`${method}, ${warning}`);
    }
  },
});

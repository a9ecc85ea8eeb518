import { VptError } from "@vpt/contracts";
import type { StepMetrics } from "../step/train-step-options.js";

/** Options of {@link gateCollapseDetector}. */
export interface GateCollapseDetectorOptions {
  /** α_max. */
  readonly maxGate: number;
  /** Share of α_max next to 0 and to α_max where a mean gate should not stay. Default 0.02. */
  readonly margin?: number;
  /** Steps in a row. Default 200. */
  readonly patience?: number;
}

/**
 * Watches the mean gate α of a run. V is linear in the target, so an unregularised designer is driven to α = 0, which
 * is the baseline, or to α_max on one token. The detector warns once each time the mean has stayed outside `[margin, 1
 * − margin]·α_max` for `patience` steps.
 *
 * @returns A function of the metrics of each step. It returns a warning, or undefined. Steps without a `gate` do not
 *   count.
 * @throws {VptError} When `maxGate` is not positive.
 * @example
 * ```ts
 * import { gateCollapseDetector, vPretrain, type StepMetrics } from "@vpt/core";
 *
 * const collapseOf = gateCollapseDetector({ maxGate: 0.9 });
 * const onStep = (metrics: StepMetrics) => {
 *   const warning = collapseOf(metrics);
 *   if (warning !== undefined) console.warn(warning);
 * };
 * await vPretrain({ ...options, batches, onStep });
 * ```
 * @see Method 8.6; not in the paper.
 * @category diagnostics
 */
export function gateCollapseDetector({
  maxGate,
  margin = 0.02,
  patience = 200,
}: GateCollapseDetectorOptions): (metrics: StepMetrics) => string | undefined {
  if (!(maxGate > 0)) throw new VptError(`gateCollapseDetector: maxGate ${maxGate}; expected a positive number`);
  let outside = { low: 0, high: 0 };
  return ({ step, gate }) => {
    if (gate === undefined) return undefined;
    const share = gate / maxGate;
    outside = { low: share < margin ? outside.low + 1 : 0, high: share > 1 - margin ? outside.high + 1 : 0 };
    if (outside.low === patience)
      return (
        `step ${step}: the mean gate has been below ${margin}·α_max for ${patience} steps, so this is ` +
        "the baseline; raise the α-budget or start the scores at the learner's"
      );
    if (outside.high === patience)
      return (
        `step ${step}: the mean gate has been above ${1 - margin}·α_max for ${patience} steps; raise the ` +
        "α-budget or the KL, or lower α_max"
      );
    return undefined;
  };
}

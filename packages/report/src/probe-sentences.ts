import { quantile } from "@vpt/eval/statistics";
import type { ProbeDiagnostics } from "@vpt/train";

/** The parts of {@link ProbeDiagnostics}, in the order in which a page shows them. */
export const diagnosticNames = ["stepBound", "remainder", "estimator", "subset", "stepTaken"] as const;
/** One of `diagnosticNames`. */
export type DiagnosticName = (typeof diagnosticNames)[number];

/**
 * Says what the paper's theorems give along the steps that `vpt probe` took, a sentence or two each; those that were
 * not measured are left out.
 *
 * @example
 * ```ts
 * import { probeSentences, readProbeFile } from "@vpt/report";
 *
 * for (const { method, diagnostics } of readProbeFile("runs/a"))
 *   if (diagnostics) console.log(method, Object.values(probeSentences(diagnostics)).join("\n"));
 * ```
 */
export function probeSentences(diagnostics: ProbeDiagnostics): Partial<Record<DiagnosticName, string>> {
  const { stepBound, remainder, estimator, subset, stepTaken } = diagnostics;
  return {
    ...(stepBound && { stepBound: boundSentence(stepBound) }),
    ...(remainder && {
      remainder:
        `Proposition 3.2: what ηV leaves out is of order ${fixed(remainder.order, 2)} in η ` +
        `(quartiles ${remainder.quartiles.map((order) => fixed(order, 2)).join(" to ")}, ` +
        `n = ${remainder.n} batches); the proposition says 2.`,
    }),
    ...(estimator && { estimator: estimatorSentence(estimator) }),
    ...(subset && { subset: subsetSentence(subset) }),
    stepTaken:
      `v2 equation 35: for the step taken, r of −⟨g_down, Δθ⟩ over the ${stepTaken.over} parameters and the realized ` +
      `decrease is ${fixed(stepTaken.r, 3)} [${correlationInterval(stepTaken.ci95)}], ` +
      `the slope ${fixed(stepTaken.slope, 2)} (n = ${stepTaken.pairs.length}).`,
  };
}

function boundSentence({ smoothness, points, held, largestRate }: NonNullable<ProbeDiagnostics["stepBound"]>): string {
  const reach =
    largestRate === undefined ? "" : ` At rates above ${short(largestRate)} (median) the bound promises nothing.`;
  return (
    "Theorem 3.1: with the largest curvature of the batches before as L, the bound holds for " +
    `${percent(held)} of n = ${points.length} steps; L is ${short(smoothness)} in the end.${reach}`
  );
}

function estimatorSentence({ exact, sameRows, ...feedback }: NonNullable<ProbeDiagnostics["estimator"]>): string {
  const drawn = ({ draws, mean, standardError, deviations }: Omit<typeof feedback, "exact">): string =>
    `${short(mean)} ± ${short(standardError)} (standard error, n = ${draws.length}), z = ${fixed(deviations, 2)}`;
  const own = sameRows ? ` Batches of the probe rows give ${drawn(sameRows)}: the lemma expects |z| below 3.` : "";
  return (
    `Lemma 3.3: V_S by the gradient of all probe rows is ${short(exact)}.${own} Batches of the method's feedback, ` +
    `which are other rows, give ${drawn(feedback)}.`
  );
}

function subsetSentence(gaps: NonNullable<ProbeDiagnostics["subset"]>): string {
  const within = gaps.filter(({ value, subsetValue, bound }) => Math.abs(value - subsetValue) <= bound).length;
  const medianOf = (of: (gap: (typeof gaps)[number]) => number): number =>
    quantile(
      gaps.map(of).toSorted((a, b) => a - b),
      0.5,
    );
  const heldByS = medianOf(({ value, subsetValue }) => subsetValue / value);
  return (
    `Equation 20: |V − V_S| is within its bound at ${within} of ${gaps.length} batches. In the median V_S is ` +
    `${fixed(heldByS, 2)} of V; S holds ` +
    `${percent(medianOf(({ downstreamShare }) => downstreamShare))} of ‖g_down‖² and ` +
    `${percent(medianOf(({ pretrainingShare }) => pretrainingShare))} of ‖g_pre‖².`
  );
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
/** An interval of r. Of three pairs its ends are no numbers (null in JSON): it is all of [−1, 1]. */
function correlationInterval([low, high]: readonly (number | null)[]): string {
  const end = (x: number | null | undefined, bound: number): string => fixed(Number.isFinite(x) ? x! : bound, 3);
  return `${end(low, -1)}, ${end(high, 1)}`;
}

/** A number; of too few or equal pairs there is none (null in JSON). */
const fixed = (x: number | null, digits: number): string => (Number.isFinite(x) ? x!.toFixed(digits) : "undefined");

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

import type { Difference, MethodComparison, RunComparison } from "./compare-runs.js";
import { decimal, listed, signed } from "./format.js";
import type { Metric } from "@vpt/train";

/**
 * Says what came of a run in plain words, the best method first: how much each gained or lost against the
 * baseline on the primary metric, with interval and n, and beside it its cost in time and in other metrics.
 *
 * @returns One sentence a method.
 */
export function resultSentences(comparison: RunComparison): string[] {
  const { primary, methods, before } = comparison;
  const baseline = methods.find(({ method }) => method === "baseline");
  if (!baseline || methods.length === 1) return methods.map((each) => aloneSentence(each, primary, before));
  const gain = ({ differences }: MethodComparison): number => {
    const mean = differences[primary.name]?.mean ?? -Infinity;
    return primary.higherIsBetter || mean === -Infinity ? mean : -mean;
  };
  return methods
    .filter(({ method }) => method !== "baseline")
    .sort((a, b) => gain(b) - gain(a))
    .map((each) => comparedSentence(each, baseline, comparison));
}

/** How a difference reads: an interval that holds 0 tells nothing apart, and one without an interval may be chance. */
export type Outcome = "better" | "worse" | "unclear";

/** Classifies a difference of `metric`. */
export function outcomeOf({ mean, ci95 }: Difference, { higherIsBetter }: Metric): Outcome {
  if (mean === 0 || (ci95 && ci95[0] <= 0 && ci95[1] >= 0)) return "unclear";
  return mean > 0 === higherIsBetter ? "better" : "worse";
}

function comparedSentence(own: MethodComparison, baseline: MethodComparison, comparison: RunComparison) {
  const { primary, metrics, match } = comparison;
  const difference = own.differences[primary.name];
  if (!difference) return `${own.method} has no ${primary.label} to compare with the baseline.`;
  const amount = Math.abs(difference.mean).toFixed(4);
  const outcome = outcomeOf(difference, primary);
  const claims: Readonly<Record<Outcome, string>> = {
    better: `${own.method} gained ${amount} in ${primary.label} on the baseline`,
    worse: `${own.method} lost ${amount} in ${primary.label} against the baseline`,
    unclear: `${own.method} shows no clear difference in ${primary.label} to the baseline`,
  };
  const costs = listed(otherCosts(own, primary, metrics));
  const price = `${timeCost(own, baseline, match)}${costs === "" ? "" : `, with ${costs}`}`;
  return `${claims[outcome]} (${evidenceOf(difference)}), at ${price}.`;
}

function evidenceOf({ mean, ci95, n, over }: Difference): string {
  if (!ci95) return `difference ${signed(mean)}, one seed and no interval: it may be chance`;
  const sample = over === "items" ? `n = ${n} test items of one seed` : `n = ${n} seeds`;
  return `difference ${signed(mean)}, 95 % interval ${signed(ci95[0])} to ${signed(ci95[1])}, ${sample}`;
}

function timeCost({ timesBaseline, trainingSeconds }: MethodComparison, baseline: MethodComparison, match: string) {
  if (timesBaseline === undefined || !Number.isFinite(timesBaseline)) return "an unknown time";
  const perStep = `${Number(timesBaseline.toPrecision(3))} times the baseline's time a step`;
  if (match === "steps") return perStep;
  return `${Number((trainingSeconds / baseline.trainingSeconds).toPrecision(3))} times its time in all, ${perStep}`;
}

/** The other metrics that got worse than the baseline's, whether or not an interval says that it was no chance. */
function otherCosts({ differences }: MethodComparison, primary: Metric, metrics: readonly Metric[]): string[] {
  return metrics.flatMap((metric) => {
    const difference = differences[metric.name];
    if (metric === primary || !difference || difference.mean > 0 === metric.higherIsBetter) return [];
    const amount = Math.abs(difference.mean).toFixed(4);
    return amount === "0.0000" ? [] : [`${metric.label} worse by ${amount}`];
  });
}

function aloneSentence({ method, metrics }: MethodComparison, { name, label }: Metric, before: Record<string, number>) {
  const from = before[name] === undefined ? "" : ` from ${decimal(before[name])}`;
  return `${method} took ${label}${from} to ${decimal(metrics[name])}; no other method ran beside it to compare with.`;
}

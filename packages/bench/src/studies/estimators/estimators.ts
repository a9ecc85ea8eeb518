import { tinySettings } from "../ablation/tiny-start.js";
import { markdownTable } from "../page.js";
import { seedStudy, type SeedStudyPage } from "../seed-study.js";
import { estimators, runEstimatorSeed, type EstimatorRow } from "./tiny-estimators.js";

/** Over all batches of all seeds. */
interface EstimatorSummary {
  readonly median: number;
  readonly worst: number;
  readonly medianAngle: number;
  readonly worstAngle: number;
  readonly milliseconds: number;
  readonly peakMegabytes: number;
}
/** The table. */
export interface EstimatorsSummary {
  readonly seeds: readonly number[];
  readonly batches: number;
  readonly reference: Pick<EstimatorSummary, "milliseconds" | "peakMegabytes">;
  readonly estimators: Readonly<Record<string, EstimatorSummary>>;
  readonly failures: readonly string[];
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Medians and worst cases over batches; the jvp must be exact to rounding. */
export function summarizeEstimators(rows: readonly EstimatorRow[]): EstimatorsSummary {
  const cost = (all: readonly { readonly milliseconds: number; readonly peakBytes: number }[]) => ({
    milliseconds: median(all.map(({ milliseconds }) => milliseconds)),
    peakMegabytes: median(all.map(({ peakBytes }) => peakBytes)) / 1e6,
  });
  const reference = rows.flatMap((row) => row.reference);
  const summary = Object.fromEntries(
    Object.keys(estimators).map((name) => {
      const all = rows.flatMap((row) => row.estimators[name]!);
      const [errors, angles] = [all.map(({ error }) => error), all.map(({ angle }) => angle)];
      const entry: EstimatorSummary = {
        median: median(errors),
        worst: Math.max(...errors),
        medianAngle: median(angles),
        worstAngle: Math.max(...angles),
        ...cost(all),
      };
      return [name, entry];
    }),
  );
  const { worst } = summary["jvp"]!;
  return {
    seeds: rows.map(({ seed }) => seed),
    batches: reference.length,
    reference: cost(reference),
    estimators: summary,
    failures:
      worst < 1e-4 ? [] : [`jvp: relative error below 1e-4 on every batch, is at most ${worst.toExponential(1)}`],
  };
}

function estimatorsPage({ batches, reference, estimators: found }: EstimatorsSummary): SeedStudyPage {
  const cost = ({ milliseconds, peakMegabytes }: EstimatorsSummary["reference"]): string[] => [
    milliseconds.toFixed(1),
    peakMegabytes.toFixed(2),
  ];
  const rows = Object.entries(found).map(([name, { median: middle, worst, medianAngle, worstAngle, ...costs }]) => [
    name,
    ...[middle, worst, medianAngle, worstAngle].map((x) => x.toExponential(1)),
    ...cost(costs),
  ]);
  const head = ["estimator", "relative error, median", "worst", "angle, median, rad", "worst", "ms", "peak MB"];
  return {
    title: "Estimators of ∇_φ V, tiny",
    answer:
      "Forward mode's relative error to double backprop is at most " +
      `${found["jvp"]!.worst.toExponential(1)} on ${batches} batches.`,
    body: [
      markdownTable(head, [["double backprop", "reference", "", "", "", ...cost(reference)], ...rows]),
      `"h" is the step as a fraction of the norm of the aligned subset. Time and peak tensor memory ` +
        "are of one eager pass, median over batches.",
    ],
    holds: "The relative error of forward mode is below 1e-4 on every batch, as claimed.",
  };
}

/** Method 12.6: how near each estimator of the designer's gradient is to double backprop, and what it costs. */
export const estimatorsStudy = seedStudy({
  name: "estimators",
  seeds: 2,
  firstSeed: 40,
  settings: tinySettings,
  row: (seed, progress) => runEstimatorSeed(seed, { progress }),
  summarize: summarizeEstimators,
  page: estimatorsPage,
});

import { tinySettings } from "../ablation/tiny-start.js";
import { formatProvenance, seedStudy, type Provenance } from "../seed-study.js";
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

function describeEstimators(summary: EstimatorsSummary & Provenance): string {
  const { seeds, batches, reference, estimators: found, failures } = summary;
  return [
    `# Estimators of ∇_φ V, tiny`,
    ``,
    `Each against double backprop through ops that can be differentiated twice (float32, as all of this), on ${batches} batches of value runs of the`,
    `ablation's "dialect"; seeds ${seeds.join(", ")}. Time and peak tensor memory of one eager pass, median over batches; "h" is the step as a share of`,
    `the subset's norm. At this size an eager pass is mostly the cost of calling kernels: the costs say nothing about a real model, where the`,
    `tail is a small part (method 7.5).`,
    ``,
    formatProvenance(summary),
    ``,
    `| estimator | relative error, median | worst | angle, median, rad | worst | ms | peak MB |`,
    `| --- | --- | --- | --- | --- | --- | --- |`,
    `| double backprop | reference | | | | ${reference.milliseconds.toFixed(1)} | ${reference.peakMegabytes.toFixed(2)} |`,
    ...Object.entries(found).map(
      ([name, { median: middle, worst, medianAngle, worstAngle, milliseconds, peakMegabytes }]) =>
        `| ${name} | ${[middle, worst, medianAngle, worstAngle].map((x) => x.toExponential(1)).join(" | ")} | ${milliseconds.toFixed(1)} | ${peakMegabytes.toFixed(2)} |`,
    ),
    ``,
    failures.length === 0
      ? `Holds: the jvp's relative error is below 1e-4 on every batch.`
      : `Does not hold:\n${failures.map((failure) => `- ${failure}`).join("\n")}`,
  ].join("\n");
}

/** Method 12.6: how near each estimator of the designer's gradient is to double backprop, and what it costs. */
export const estimatorsStudy = seedStudy({
  name: "estimators",
  seeds: 2,
  firstSeed: 40,
  settings: tinySettings,
  row: (seed, progress) => runEstimatorSeed(seed, { progress }),
  summarize: summarizeEstimators,
  describe: describeEstimators,
});

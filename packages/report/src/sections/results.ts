import { pearson } from "@vpt/core";
import type { MethodComparison, RunComparison } from "../compare-runs.js";
import { decimal, seconds, withInterval } from "../format.js";
import { markup, type Content, type Markup } from "../html/markup.js";
import { table } from "../html/table.js";
import { pairsOf } from "./probe-pairs.js";
import type { FinishedRun } from "../read-run.js";
import { outcomeOf, resultSentences } from "../result-sentences.js";
import type { Metric } from "../run-files.js";

/** What came of a group of runs: a sentence a method, then the table. */
export function resultsSection(
  runs: readonly FinishedRun[],
  comparison: RunComparison,
  colors: ReadonlyMap<string, string>,
): Markup {
  const { methods, metrics, primary, before } = comparison;
  const { unit, steps } = runs[0]!.summary;
  const isTimed = methods.some(({ method }) => method === "baseline");
  const probes = new Map(methods.map(({ method }) => [method, correlationOf(runs, method)]));
  const hasProbe = [...probes.values()].some((text) => text !== undefined);
  const head: Content[] = [
    "method",
    ...metrics.map((metric) => headingOf(metric, metric === primary)),
    "seconds",
    "seconds a step",
    ...(isTimed ? ["× baseline"] : []),
    unit,
    "skipped steps",
    ...(hasProbe ? ["probe r [95 %]"] : []),
  ];
  const baseline = methods.find(({ method }) => method === "baseline");
  const rows = methods.map((own) => [
    nameOf(own, runs.length, colors),
    ...metrics.map((metric) => scoreOf(own, metric)),
    seconds(own.seconds),
    seconds(own.secondsPerStep),
    ...(baseline ? [(own.secondsPerStep / baseline.secondsPerStep).toFixed(2)] : []),
    own.units.toLocaleString("en"),
    own.skipped,
    ...(hasProbe ? [probes.get(own.method)] : []),
  ]);
  const start = ["before training", ...metrics.map(({ name }) => decimal(before[name]))];
  const filler = Array<Content>(head.length - start.length).fill("");
  const caption = `After ${steps} steps${runs.length > 1 ? `, means of ${runs.length} seeds` : ""}`;
  return markup`<div class="result">${resultSentences(comparison).map((sentence) => markup`<p>${sentence}</p>`)}</div>
${table(caption, head, [[...start, ...filler], ...rows], "scores")}
<p class="note">${intervalNote(runs.length)}</p>`;
}

const headingOf = ({ label, higherIsBetter }: Metric, isPrimary: boolean): Markup =>
  markup`<span class="${isPrimary ? "primary" : ""}">${label}</span><br>${higherIsBetter ? "higher" : "lower"} is better`;

function nameOf({ method, seeds }: MethodComparison, runs: number, colors: ReadonlyMap<string, string>): Markup {
  const missing = seeds.length < runs ? ` (seeds ${seeds.join(", ")})` : "";
  return markup`<span class="swatch" style="background:${colors.get(method)}"></span>${method}${missing}`;
}

function scoreOf({ metrics, differences }: MethodComparison, metric: Metric): Markup {
  const difference = differences[metric.name];
  if (!difference) return markup`${decimal(metrics[metric.name])}`;
  const outcome = outcomeOf(difference, metric);
  return markup`${decimal(metrics[metric.name])} <span class="difference ${outcome}">${withInterval(difference)} ${outcome}</span>`;
}

const intervalNote = (seedCount: number): string =>
  `Under each score stands its difference to the baseline. ${
    seedCount > 1
      ? "Brackets hold Student's 95 % interval over seeds, paired by seed."
      : "Brackets hold the 95 % bootstrap interval over test items of this one seed, paired by item: how sure the difference is for more items like these, not for other seeds. The mean of the differences weighs items alike, the score may weigh their tokens."
  } "unclear" means that the interval holds 0. The learner never trains on feedback rows, unless its method says so.`;

function correlationOf(runs: readonly FinishedRun[], method: string): string | undefined {
  const pairs = runs.flatMap((run) => pairsOf(run, method));
  if (pairs.length < 4 || method === "baseline") return undefined;
  const { r, ci95 } = pearson(pairs.map(({ predicted, realized }) => ({ predicted, realised: realized })));
  return `${r.toFixed(2)} [${ci95.map((end) => end.toFixed(2)).join(", ")}], n = ${pairs.length}`;
}

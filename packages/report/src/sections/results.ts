import { pearson } from "@vpt/core";
import type { MethodComparison, RunComparison } from "../compare-runs.js";
import { budgetOf, decimal, equalStepsOf, seconds, withInterval } from "../format.js";
import { markup, type Content, type Markup } from "../html/markup.js";
import { table } from "../html/table.js";
import { pairsOf } from "./probe-pairs.js";
import type { FinishedRun } from "../read-run.js";
import { outcomeOf, resultSentences } from "../result-sentences.js";
import type { Metric } from "@vpt/train";

/** What came of a group of runs: a sentence a method, then the table. */
export function resultsSection(
  runs: readonly FinishedRun[],
  comparison: RunComparison,
  colors: ReadonlyMap<string, string>,
): Markup {
  const { methods, metrics, primary, before, match } = comparison;
  const { summary } = runs[0]!;
  const bySeconds = match === "seconds";
  const probes = methods.map(({ method }) => correlationOf(runs, method));
  const hasProbe = probes.some((content) => content !== undefined);
  const head: Content[] = [
    "method",
    ...metrics.map((metric) => headingOf(metric, metric === primary)),
    ...(bySeconds ? [markup`${primary.label}<br>by steps`, "steps"] : []),
    "time",
    summary.unit,
    ...(hasProbe ? ["probe r [95 %]"] : []),
  ];
  const rows = methods.map((own, i) => [
    nameOf(own, runs.length, colors),
    ...metrics.map((metric) => scoreOf(own, metric)),
    ...(bySeconds ? [equalStepsOf(own), Math.round(own.steps).toLocaleString("en")] : []),
    timeOf(own),
    unitsOf(own),
    ...(hasProbe ? [probes[i]] : []),
  ]);
  const start = ["before training", ...metrics.map(({ name }) => decimal(before[name]))];
  const filler = Array<Content>(head.length - start.length).fill("");
  const budget = bySeconds ? budgetOf(summary) : `${summary.steps} steps`;
  const caption = `After ${budget}${runs.length > 1 ? `, means of ${runs.length} seeds` : ""}`;
  return markup`<div class="result">${resultSentences(comparison).map((sentence) => markup`<p>${sentence}</p>`)}</div>
${table(caption, head, [[...start, ...filler], ...rows], "scores")}
<p class="note">${intervalNote(runs.length)}${bySeconds ? equalStepsNote : ""}</p>`;
}

const equalStepsNote =
  " Every method had the same seconds of training, its own overhead included. " +
  "By steps: the last evaluation on the way " +
  "where a method and the baseline had taken as many steps; the learning rates of the two were not equally low there.";

function headingOf({ label, higherIsBetter }: Metric, isPrimary: boolean): Markup {
  const direction = higherIsBetter ? "higher is better" : "lower is better";
  return markup`<span class="${isPrimary ? "primary" : ""}">${label}</span><br>${direction}`;
}

function nameOf({ method, seeds }: MethodComparison, runs: number, colors: ReadonlyMap<string, string>): Markup {
  const missing = seeds.length < runs ? ` (${seeds.length === 1 ? "seed" : "seeds"} ${seeds.join(", ")})` : "";
  return markup`<span class="swatch" style="background:${colors.get(method)}"></span>${method}${missing}`;
}

function scoreOf({ metrics, differences }: MethodComparison, metric: Metric): Markup {
  const difference = differences[metric.name];
  if (!difference) return markup`${decimal(metrics[metric.name])}`;
  const outcome = difference.ci95 ? outcomeOf(difference, metric) : "no interval";
  const below = markup`<span class="difference ${outcome}">${withInterval(difference)}</span>`;
  return markup`${decimal(metrics[metric.name])} <small class="${outcome}">${outcome}</small>${below}`;
}

function timeOf(own: MethodComparison): Markup {
  const { timesBaseline: ratio = NaN } = own;
  const times = Number.isFinite(ratio) ? `${ratio.toPrecision(3)} × baseline` : undefined;
  const below = [`${seconds(own.secondsPerStep)} a step`, ...(times ? [times] : [])];
  return markup`${seconds(own.seconds)} ${below.map((line) => markup`<span class="difference">${line}</span>`)}`;
}

function unitsOf({ units, skipped }: MethodComparison): Markup {
  const lost =
    skipped > 0
      ? markup` <span class="difference worse">${skipped} ${skipped === 1 ? "step" : "steps"} skipped</span>`
      : undefined;
  return markup`${Math.round(units).toLocaleString("en")}${lost}`;
}

const intervalNote = (seedCount: number): string =>
  [
    "Under each score stands its difference to the baseline.",
    ...(seedCount > 1
      ? ["Brackets hold Student's 95 % interval over seeds, paired by seed."]
      : [
          "Brackets hold the 95 % bootstrap interval over test items of this one seed, paired by item:",
          "how sure the difference is for more items like these, not for other seeds.",
          "The mean of the differences weighs items alike; the score may weigh their tokens.",
        ]),
    'A difference is "unclear" where its interval holds 0.',
  ].join(" ");

function correlationOf(runs: readonly FinishedRun[], method: string): Markup | undefined {
  const pairs = runs.flatMap((run) => pairsOf(run, method));
  if (pairs.length < 4 || method === "baseline") return undefined;
  const { r, ci95 } = pearson(pairs.map(({ predicted, realized }) => ({ predicted, realised: realized })));
  const interval = ci95.map((end) => end.toFixed(2)).join(", ");
  return markup`${r.toFixed(2)} [${interval}] <span class="difference">n = ${pairs.length} steps</span>`;
}

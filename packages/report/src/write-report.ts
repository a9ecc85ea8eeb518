import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { VptError } from "@vpt/contracts";
import { writeDurably } from "@vpt/core/run";
import type { Draw } from "./charts/chart.js";
import { openCharts, type ChartDrawer } from "./charts/figure.js";
import { methodColors } from "./charts/method-colors.js";
import { compareRuns } from "./compare-runs.js";
import { evaluationBody } from "./evaluation-report.js";
import { groupRuns, type RunGroup } from "./group-runs.js";
import { markup, type Markup } from "./html/markup.js";
import { page } from "./html/page.js";
import { readEvaluations, type FinishedEvaluation } from "./read-evaluations.js";
import { isRunFolder, readRun, type FinishedRun } from "./read-run.js";
import type { RunSummary } from "@vpt/train";
import { curvesSection } from "./sections/curves.js";
import { glossary } from "./sections/glossary.js";
import { picturesSection } from "./sections/pictures.js";
import { probeSection } from "./sections/probe-section.js";
import { resultsSection } from "./sections/results.js";
import { samplesSection } from "./sections/samples.js";
import { setupSection } from "./sections/setup.js";
import { skippedSamplesSection } from "./sections/skipped-samples.js";
import { targetsSection } from "./sections/targets.js";

/** Settings of {@link writeReport}. */
export interface ReportOptions {
  /**
   * Draws a Vega-Lite chart as SVG.
   * @default `vega` and `vega-lite`; without them charts are left out and the page says so
   */
  readonly draw?: Draw;
}

/**
 * Writes one HTML file for runs of any modality: what came of them in a sentence a method, scores with paired
 * intervals, curves, probes, targets, pictures, samples and the setup. Runs that differ in their seed alone share a
 * section. A folder may hold records of `vpt eval` instead, in it or in the folders in it; each has a section of its
 * own. The file holds everything it shows.
 *
 * @returns The path of `report.html` in `out`.
 * @throws {VptError} When a folder holds neither a finished run nor an evaluation, or `out` holds an evaluation's own
 *   report.
 * @example
 * ```ts
 * import { writeReport } from "@vpt/report";
 * const path = await writeReport(["runs/seed-0", "runs/seed-1"], "runs");
 * ```
 */
export async function writeReport(
  folders: readonly string[],
  out: string,
  { draw }: ReportOptions = {},
): Promise<string> {
  if (existsSync(join(out, "record.json")))
    throw new VptError(`--out ${out}: vpt eval wrote its report.html there; expected another folder for this one`);
  const sources = folders.map((folder) => {
    const evaluations = isRunFolder(folder) ? [] : readEvaluations(folder);
    return evaluations.length > 0 ? { evaluations } : { run: readRun(folder) };
  });
  const runs = sources.flatMap(({ run }) => run ?? []);
  const evaluations = sources.flatMap(({ evaluations: own = [] }) => own);
  const charts = await openCharts(draw);
  const methods = runs.flatMap(({ summary }) => summary.methods.map(({ method }) => method));
  const colors = methodColors(methods);
  const sections: Markup[] = [];
  for (const [i, group] of groupRuns(runs).entries())
    sections.push(await groupSection(group, { charts, colors, id: String(i) }));
  const body = markup`<h1>V-Pretraining report</h1>
${sections}${evaluations.map(evaluationSection)}`;
  mkdirSync(out, { recursive: true });
  const path = join(out, "report.html");
  await writeDurably(path, page("V-Pretraining report", markup`${body}${glossary(body, methods)}`));
  return resolve(path);
}

/** Scores of an evaluation; its pictures stay in its own report. */
const evaluationSection = ({ path, record }: FinishedEvaluation): Markup =>
  markup`<section class="evaluation"><h2>Evaluation ${record.task}: ${path}</h2>
${evaluationBody(record, { model: record.model, pictures: [] })}</section>`;

interface SectionOptions {
  readonly charts: ChartDrawer;
  readonly colors: ReadonlyMap<string, string>;
  readonly id: string;
}

async function groupSection({ runs, repeated }: RunGroup, { charts, colors, id }: SectionOptions): Promise<Markup> {
  const summaries = runs.map(({ summary }) => summary) as [RunSummary, ...RunSummary[]];
  const comparison = compareRuns(summaries);
  const [{ model, kind, steps }] = summaries;
  const seeds = `${summaries.length > 1 ? "seeds" : "seed"} ${summaries.map(({ seed }) => seed).join(", ")}`;
  const repeats = repeated.map(({ folder }) => folder).join(", ");
  const details: Markup[] = [];
  for (const run of runs) details.push(await runDetails(run, charts, runs.length > 1));
  return markup`<section class="run">
<h2>${model}: ${kind}, ${steps} steps, ${seeds}</h2>
${repeats === "" ? undefined : markup`<p class="note">Left out, since they repeat a seed: ${repeats}.</p>`}
${resultsSection(runs, comparison, colors)}
${await curvesSection(runs, { metrics: comparison.metrics, charts, colors, id })}
${details}
${setupSection(runs)}
</section>`;
}

/** What belongs to one run alone; for several seeds it is folded away. */
async function runDetails(run: FinishedRun, charts: ChartDrawer, isOneOfSeveral: boolean): Promise<Markup> {
  const parts = [
    await probeSection(run.probe ?? [], charts),
    await targetsSection(run, charts),
    picturesSection(run),
    samplesSection(run),
    skippedSamplesSection(run),
  ].filter((part) => part !== undefined);
  if (!isOneOfSeveral || parts.length === 0) return markup`${parts}`;
  return markup`<details><summary>Details of seed ${run.summary.seed}</summary>${parts}</details>`;
}

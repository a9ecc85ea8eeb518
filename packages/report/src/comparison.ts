import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pairedTInterval } from "@vpt/eval/statistics";
import { bands } from "./chart.js";
import { escapeHtml } from "./escape-html.js";
import type { FinishedRun } from "./read-run.js";

/** What one method did over the seeds of a group. */
export interface ArmOverSeeds {
  readonly method: string;
  readonly seeds: readonly number[];
  readonly nll: number;
  /** `method − baseline`, paired by seed; Student's interval, null for one seed; undefined for the baseline or without one. */
  readonly difference: { readonly mean: number; readonly ci95: readonly [number, number] | null } | undefined;
}

/** Runs that differ in nothing but their seed belong together; a second run of one seed is left out. */
export function groupRuns(runs: readonly FinishedRun[]): FinishedRun[][] {
  const groups = new Map<string, FinishedRun[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.get(key) ?? [];
    if (group.every(({ summary }) => summary.seed !== run.summary.seed)) groups.set(key, [...group, run]);
  }
  return [...groups.values()];
}

function keyOf({ folder, summary }: FinishedRun): string {
  const path = join(folder, "config.json");
  const { model, steps, backend, methods } = summary;
  if (!existsSync(path)) return JSON.stringify({ model, steps, backend, methods: methods.map(({ method }) => method) });
  const { seed: _, ...config } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  return JSON.stringify({ config, backend });
}

/** Held-out NLL of each method over the seeds of a group, and its difference to the baseline seed by seed. */
export function overSeeds(group: readonly FinishedRun[]): ArmOverSeeds[] {
  const methods = [...new Set(group.flatMap(({ summary }) => summary.methods.map(({ method }) => method)))];
  const nllOf = ({ summary }: FinishedRun, method: string): number | undefined =>
    summary.methods.find((entry) => entry.method === method)?.scores.metrics["nll"];
  return methods.map((method) => {
    const runs = group.filter((run) => nllOf(run, method) !== undefined);
    const values = runs.map((run) => nllOf(run, method)!);
    const paired = runs.filter((run) => nllOf(run, "baseline") !== undefined);
    const [a, b] = [paired.map((run) => nllOf(run, method)!), paired.map((run) => nllOf(run, "baseline")!)];
    const isCompared = method !== "baseline" && paired.length > 0;
    const interval = paired.length > 1 ? pairedTInterval(a, b) : undefined;
    return {
      method,
      seeds: runs.map(({ summary }) => summary.seed),
      nll: values.reduce((sum, x) => sum + x, 0) / values.length,
      difference: isCompared
        ? { mean: a.reduce((sum, x, i) => sum + x - b[i]!, 0) / a.length, ci95: interval?.ci95 ?? null }
        : undefined,
    };
  });
}

/** Tables and curves with seed bands of all groups; empty for a single run. */
export async function comparisonSection(runs: readonly FinishedRun[]): Promise<string> {
  if (runs.length < 2) return "";
  const sections = await Promise.all(groupRuns(runs).map(groupSection));
  return `<section><h2>Runs compared</h2>
<p class="note">Runs whose configurations differ in nothing but the seed are one group. Differences are paired by seed; the 95 % interval is Student's over seeds. Bands go from
the lowest to the highest seed, lines are means.</p>
${sections.join("\n")}</section>`;
}

async function groupSection(group: readonly FinishedRun[]): Promise<string> {
  const methods = overSeeds(group);
  const isCompared = methods.some(({ difference }) => difference);
  const line = (tag: "th" | "td", cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  const head = ["method", "seeds", "held-out NLL", ...(isCompared ? ["− baseline [95 % over seeds]"] : [])];
  const rows = methods.map(({ method, seeds, nll, difference }) =>
    line("td", [
      method,
      seeds.join(", "),
      nll.toFixed(4),
      ...(isCompared ? [difference ? describe(difference) : ""] : []),
    ]),
  );
  const curve = (file: "probe" | "metrics", key: string) =>
    group.flatMap(({ logs }) =>
      Object.entries(logs).flatMap(([method, log]) =>
        log[file].flatMap((record) =>
          typeof record[key] === "number" ? [{ series: method, x: record.step, y: record[key] }] : [],
        ),
      ),
    );
  const figures: string[] = [];
  for (const [title, points, label, domain] of [
    ["Downstream NLL on the probe rows", curve("probe", "loss"), "NLL", undefined],
    ["Gate α, mean over positions", curve("metrics", "gate"), "α", [0, 1]],
  ] as const) {
    if (points.length > 0)
      figures.push(`<figure><figcaption>${title}</figcaption>${await bands(points, "step", label, domain)}</figure>`);
  }
  const { model, steps } = group[0]!.summary;
  return `<h3>${escapeHtml(`${model}, ${steps} steps an method: ${group.map(({ folder }) => folder).join(", ")}`)}</h3>
<table><thead>${line("th", head)}</thead><tbody>${rows.join("")}</tbody></table>
<div class="charts">${figures.join("\n")}</div>`;
}

const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(4)}`;
const describe = ({ mean, ci95 }: NonNullable<ArmOverSeeds["difference"]>): string =>
  ci95 ? `${signed(mean)} [${signed(ci95[0])}, ${signed(ci95[1])}]` : `${signed(mean)} (one seed)`;

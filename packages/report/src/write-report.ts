import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pearson, type ProbeResult } from "@vpt/core";
import { writeDurably, type LogRecord } from "@vpt/core/run";
import { band, lines, scatter, type Point } from "./chart.js";
import { difference } from "./describe-run.js";
import type { Scores } from "@vpt/train";
import { escapeHtml } from "./escape-html.js";
import { comparisonSection } from "./comparison.js";
import { targetsSection } from "./targets-section.js";
import { readRun, type ArmLogs, type FinishedRun } from "./read-run.js";

/**
 * One HTML file for one or more runs: a table of held-out results, the curves, the probe, targets and
 * samples before and after; for more than one run, the methods over seeds. It holds
 * everything it shows.
 *
 * @returns The path of `report.html`.
 */
export async function writeReport(folders: readonly string[], out: string): Promise<string> {
  const runs = folders.map(readRun);
  const sections = [await comparisonSection(runs), ...(await Promise.all(runs.map(section)))];
  mkdirSync(out, { recursive: true });
  const path = join(out, "report.html");
  await writeDurably(path, page(sections.join("\n")));
  return resolve(path);
}

async function section(run: FinishedRun): Promise<string> {
  const { model, backend, seed, steps, data: rows } = run.summary;
  const counts = Object.entries(rows).map(([name, count]) => `${count} ${name}`);
  return `<section>
<h2>${escapeHtml(run.folder)}</h2>
<p>${escapeHtml(`${model}, ${steps} steps an method, seed ${seed}, ${backend}. Rows: ${counts.join(", ")}.`)}</p>
${table(run)}
<div class="charts">${(await charts(run)).join("\n")}</div>
${await targetsSection(run)}
${samples(run)}
</section>`;
}

const number = ({ metrics }: Scores, name: string): string => metrics[name]?.toFixed(4) ?? "";

function table({ summary: { before, methods }, logs }: FinishedRun): string {
  const cells = (values: readonly string[]): string =>
    `<tr>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join("")}</tr>`;
  const head = [
    "method",
    "held-out NLL",
    "top-1",
    "against baseline [95 % over rows]",
    "stream NLL",
    "tokens/s",
    "probe r [95 %]",
  ];
  const body = methods.map((method) => {
    const { timings, probe } = logs[method.method]!;
    return cells([
      method.method,
      number(method.scores, "nll"),
      number(method.scores, "accuracy"),
      difference(methods, method),
      number(method.scores, "unlabeledNll"),
      median(numbers(timings, "unitsPerSecond")).toFixed(0),
      probe.length > 3 && method.method !== "baseline" ? correlation(probe) : "",
    ]);
  });
  const start = cells([
    "before",
    number(before, "nll"),
    number(before, "accuracy"),
    "",
    number(before, "unlabeledNll"),
    "",
    "",
  ]);
  return `<table><thead><tr>${head.map((name) => `<th>${name}</th>`).join("")}</tr></thead><tbody>${start}${body.join("")}</tbody></table>
<p class="note">NLL per answer token on held-out downstream rows; lower is better. The interval is over test rows of this one seed.
The learner never trains on feedback rows. Stream NLL is what steering costs on held-out rows of the stream.</p>`;
}

async function charts({ logs }: FinishedRun): Promise<string[]> {
  const series = (of: (log: ArmLogs) => readonly LogRecord[], key: string): Point[] =>
    Object.entries(logs).flatMap(([method, log]) =>
      of(log).flatMap((record) =>
        typeof record[key] === "number" ? [{ series: method, x: record.step, y: record[key] }] : [],
      ),
    );
  const metrics = (key: string): Point[] => series((log) => log.metrics, key);
  const figures: { title: string; draw: () => Promise<string>; empty: boolean }[] = [];
  const add = (title: string, points: readonly unknown[], draw: () => Promise<string>): void => {
    figures.push({ title, draw, empty: points.length === 0 });
  };
  const probeNll = series((log) => log.probe, "loss");
  add("Downstream NLL on the probe rows", probeNll, () => lines(probeNll, "step", "NLL"));
  const loss = metrics("loss");
  add("Learner's loss on its own task", loss, () => lines(loss, "step", "loss"));
  const value = metrics("value");
  add("Value V = ⟨g, ∇L⟩", value, () => lines(value, "step", "value"));
  const cosine = metrics("cosine");
  add("Cosine of g and the learner's gradient", cosine, () => lines(cosine, "step", "cosine"));
  const efficiency = metrics("designerEfficiency");
  add("Designer efficiency: share of what any target could add to V", efficiency, () =>
    lines(efficiency, "step", "efficiency"),
  );
  for (const [method, { metrics: records }] of Object.entries(logs)) {
    const gates = records.flatMap(({ step, gate, gateLow, gateHigh }) =>
      typeof gate === "number" ? [{ x: step, mean: gate, low: Number(gateLow), high: Number(gateHigh) }] : [],
    );
    if (method !== "tilt")
      add(`Gate α of ${method}: mean, and the range over positions`, gates, () => band(gates, "step", "α"));
  }
  const pairs = Object.entries(logs).flatMap(([method, { probe }]) =>
    probe.map((record) => ({ series: method, x: Number(record["predicted"]), y: Number(record["realised"]) })),
  );
  add("Predicted and realised decrease of the downstream loss, one step", pairs, () =>
    scatter(pairs, "predicted −⟨g, Δθ⟩", "realised"),
  );
  const speed = series((log) => log.timings, "tokensPerSecond");
  add("Speed", speed, () => lines(speed, "step", "tokens/s"));
  return Promise.all(
    figures
      .filter(({ empty }) => !empty)
      .map(async ({ title, draw }) => `<figure><figcaption>${escapeHtml(title)}</figcaption>${await draw()}</figure>`),
  );
}

function samples({ summary: { before, methods } }: FinishedRun): string {
  return (before.samples ?? [])
    .map(({ prompt, text }, i) => {
      const row = (name: string, continued: string): string =>
        `<tr><th>${escapeHtml(name)}</th><td><pre>${escapeHtml(continued)}</pre></td></tr>`;
      const after = methods.map(({ method, scores }) => row(method, scores.samples?.[i]?.text ?? ""));
      return `<h3>Sample</h3><pre class="prompt">${escapeHtml(prompt)}</pre><table>${row("before", text)}${after.join("")}</table>`;
    })
    .join("\n");
}

const numbers = (records: readonly LogRecord[], key: string): number[] => records.map((record) => Number(record[key]));

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function correlation(probe: readonly LogRecord[]): string {
  const { r, ci95 } = pearson(probe as unknown as readonly ProbeResult[]);
  return `${r.toFixed(2)} [${ci95.map((end) => end.toFixed(2)).join(", ")}], n = ${probe.length}`;
}

const page = (body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>V-Pretraining report</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1080px; padding: 0 1rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 } td, th { border-bottom: 1px solid #ddd; padding: .35rem .8rem; text-align: left; vertical-align: top }
figure { margin: 0 } figcaption { font-weight: 600; margin: .5rem 0 } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(500px, 1fr)); gap: 1.2rem }
.note { color: #555; font-size: 13px } pre { white-space: pre-wrap; margin: 0; font: 13px/1.4 ui-monospace, monospace } .prompt { color: #555 } svg { max-width: 100%; height: auto }
</style></head><body>
<h1>V-Pretraining report</h1>
${body}
</body></html>
`;

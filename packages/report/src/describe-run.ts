import { compareRuns } from "./compare-runs.js";
import { budgetOf, equalStepsOf, withInterval } from "./format.js";
import type { RunSummary } from "@vpt/train";

/**
 * Describes a run as a few aligned lines for a terminal.
 *
 * @example
 * ```ts
 * import { describeRun, readRun } from "@vpt/report";
 * console.log(describeRun(readRun("runs/quickstart").summary));
 * ```
 */
export function describeRun(summary: RunSummary): string {
  const { model, backend, peakResidentBytes } = summary;
  return [
    `${model}, ${budgetOf(summary)}, ${backend}`,
    ...aligned(rowsOf(summary)),
    ...notesOf(summary),
    `peak resident memory ${(peakResidentBytes / 1e9).toFixed(2)} GB`,
  ].join("\n");
}

function rowsOf(summary: RunSummary): string[][] {
  const { metrics, primary, methods, before, match } = compareRuns([summary]);
  const numbers = (scores: Readonly<Record<string, number>>): string[] =>
    metrics.map(({ name }) => scores[name]?.toFixed(4) ?? "");
  const isPaired = methods.some(({ differences }) => differences[primary.name]?.ci95);
  const bySeconds = match === "seconds";
  const against = `${bySeconds ? "by seconds" : "against baseline"}${isPaired ? " [95 % over rows]" : ""}`;
  const head = ["", ...metrics.map(({ label }) => label), against];
  const costs = [...(bySeconds ? ["by steps", "steps"] : []), "time", "× baseline"];
  return [
    [...head, ...costs],
    ["before", ...numbers(before), ...Array<string>(1 + costs.length).fill("")],
    ...methods.map((own) => {
      const difference = own.differences[primary.name];
      const scores = [own.method, ...numbers(own.metrics), difference ? withInterval(difference) : ""];
      const steps = bySeconds ? [equalStepsOf(own), String(own.steps)] : [];
      return [...scores, ...steps, `${own.seconds.toFixed(0)} s`, own.timesBaseline?.toFixed(2) ?? ""];
    }),
  ];
}

function notesOf({ unit, stall, skippedSamples = {}, methods }: RunSummary): string[] {
  const skipped = Object.entries(skippedSamples).filter(([, count]) => count > 0);
  const sets = skipped.map(([set, count]) => `${count} of ${set}`).join(", ");
  const steps = methods.filter(({ skipped: count }) => count > 0);
  return [
    ...(steps.length > 0
      ? [`skipped steps: ${steps.map(({ method, skipped: count }) => `${count} of ${method}`).join(", ")}`]
      : []),
    ...(stall === undefined ? [] : [`waited for ${unit} ${(100 * stall).toFixed(1)} % of the time`]),
    ...(sets === "" ? [] : [`skipped samples: ${sets}; skipped-samples.jsonl says why`]),
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const padded = (row: readonly string[]): string => row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ");
  return rows.map((row) => padded(row).trimEnd());
}

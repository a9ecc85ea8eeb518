import type { RunSummary, Scores } from "@vpt/train";
import { pairedInterval } from "./paired-interval.js";

/** The run's numbers as a few aligned lines. */
export function describeRun({ model, backend, steps, before, methods, peakResidentBytes }: RunSummary): string {
  const rows = [
    ["", "held-out NLL", "top-1", "stream NLL", "against baseline [95 % over rows]", "time"],
    ["before", ...numbers(before), "", ""],
    ...methods.map((method) => [
      method.method,
      ...numbers(method.scores),
      difference(methods, method),
      `${method.seconds.toFixed(0)} s`,
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  const peak =
    peakResidentBytes === undefined ? [] : [`peak resident memory ${(peakResidentBytes / 1e9).toFixed(2)} GB`];
  return [`${model}, ${steps} steps an method, ${backend}`, ...table, ...peak].join("\n");
}

const numbers = ({ metrics }: Scores): string[] =>
  ["nll", "accuracy", "unlabeledNll"].map((name) => metrics[name]?.toFixed(4) ?? "");

/** Mean difference to the baseline over test rows, with its interval; empty for the baseline itself. */
export function difference(methods: RunSummary["methods"], method: RunSummary["methods"][number]): string {
  const baseline = methods.find((other) => other.method === "baseline");
  if (!baseline || baseline === method) return "";
  const { mean, low, high } = pairedInterval(
    method.scores.perItem?.["nll"] ?? [],
    baseline.scores.perItem?.["nll"] ?? [],
  );
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
}

const signed = (x: number): string => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(4)}`;

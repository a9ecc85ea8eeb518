import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { writeDurably } from "@vpt/core/run";
import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import { writeEvaluationReport, type ReportExtras } from "./evaluation-report.js";

/** Writes `record.json` and `report.html` into `out`, and prints the scores. */
export async function finishEvaluation(
  record: LoadedEvaluationRecord,
  { out, json, ...extras }: ReportExtras & { readonly out: string; readonly json?: boolean | undefined },
): Promise<void> {
  const { perItem, ...summary } = record;
  const file = { ...summary, software: { node: process.version }, perItem };
  mkdirSync(out, { recursive: true });
  await writeDurably(join(out, "record.json"), `${JSON.stringify(file, null, 2)}\n`);
  const report = await writeEvaluationReport(join(out, "report.html"), record, extras);
  console.log(json ? JSON.stringify({ ...summary, report }) : `${describeEvaluation(record)}\nreport: ${report}`);
}

/** Describes an evaluation as a few lines for a terminal. */
export function describeEvaluation(record: LoadedEvaluationRecord): string {
  const { task, protocol, n, metrics, headline, quarantined } = record;
  const left = quarantined.length > 0 ? `, ${quarantined.length} left out` : "";
  const lines = Object.entries(metrics).flatMap(([name, { value, ci95 }]) => {
    if (name.startsWith("top1_lr")) return [];
    const [low, high] = ci95;
    const mark = name === headline ? "  ← primary" : "";
    return [`  ${name.padEnd(14)} ${value.toFixed(4)}  [${low.toFixed(4)}, ${high.toFixed(4)}]${mark}`];
  });
  return [`${task} (${protocol}), ${n - quarantined.length} items${left}; 95 % intervals`, ...lines].join("\n");
}

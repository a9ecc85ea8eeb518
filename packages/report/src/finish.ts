import { join } from "node:path";
import { writeDurably } from "@vpt/core/run";
import type { LoadedEvaluationRecord } from "@vpt/eval/imagenet";
import { writeEvaluationReport, type ReportExtras } from "./evaluation-report.js";

/** Writes `record.json` and `report.html`, and prints the scores. */
export async function finishEvaluation(
  record: LoadedEvaluationRecord,
  { out, json, ...extras }: ReportExtras & { readonly out: string; readonly json?: boolean | undefined },
): Promise<void> {
  const { perItem, ...summary } = record;
  await writeDurably(
    join(out, "record.json"),
    `${JSON.stringify({ ...summary, software: { node: process.version }, perItem }, null, 2)}\n`,
  );
  const report = await writeEvaluationReport(join(out, "report.html"), record, extras);
  if (json) return console.log(JSON.stringify({ ...summary, report }));
  const left = record.quarantined.length;
  const lines = Object.entries(record.metrics)
    .filter(([name]) => !name.startsWith("top1_lr"))
    .map(
      ([name, { value, ci95 }]) =>
        `  ${name.padEnd(14)} ${value.toFixed(4)}  [${ci95[0].toFixed(4)}, ${ci95[1].toFixed(4)}]${name === record.headline ? "  ← headline" : ""}`,
    );
  console.log(
    [
      `${record.task} (${record.protocol}), ${record.n - left} images${left > 0 ? `, ${left} left out` : ""}; 95 % intervals`,
      ...lines,
      `report: ${report}`,
    ].join("\n"),
  );
}

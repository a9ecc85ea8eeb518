import { join } from "node:path";
import { readLog } from "@vpt/core/run";
import { markup, type Markup } from "../html/markup.js";
import type { FinishedRun } from "../read-run.js";

const mostShown = 50;

/** The samples that a run could not use, each once, with the reason. */
export function skippedSamplesSection({ folder, summary, logs }: FinishedRun): Markup | undefined {
  const counts = Object.entries(summary.skippedSamples ?? {}).filter(([, count]) => count > 0);
  const ofRun = readLog(join(folder, "skipped-samples.jsonl")); // labelled ones too
  const records = ofRun.length > 0 ? ofRun : Object.values(logs).flatMap((log) => log["skipped-samples"]);
  const reasons = new Map(records.map(({ name, reason }) => [String(name), String(reason)]));
  if (counts.length === 0 && reasons.size === 0) return undefined;
  const total = counts.map(([set, count]) => `${count} of ${set}`).join(", ") || `${reasons.size} in all`;
  const items = [...reasons].slice(0, mostShown).map(([name, reason]) => markup`<li><b>${name}</b>: ${reason}</li>`);
  const rest = reasons.size > mostShown ? `${reasons.size - mostShown} more are in skipped-samples.jsonl.` : "";
  return markup`<h3>Skipped samples</h3>
<p class="note">${total} could not be used and were left out of training and scores. ${rest}</p>
<ul>${items}</ul>`;
}

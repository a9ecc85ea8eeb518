import { join } from "node:path";
import { writeDurably } from "@vpt/core/run";
import { describeRun, writeReport } from "@vpt/report";
import { parseConfig } from "@vpt/train";
import { type RunVisionOptions, runVision, visionConfigSchema } from "@vpt/train/vision";
import { visionRunSummary } from "./vision-run-summary.js";

/**
 * `vpt train` for a configuration of kind "vision": all its methods, and a report.
 *
 * @returns What to print, or undefined when the run was stopped.
 */
export async function trainVision(
  file: Record<string, unknown>,
  where: string,
  options: Omit<RunVisionOptions, "run">,
  json: boolean,
): Promise<string | undefined> {
  const run = parseConfig(visionConfigSchema, file, where);
  const vision = await runVision({ ...options, run });
  if (!vision) return undefined;
  const { out } = options;
  const summary = visionRunSummary(vision, run, out);
  await writeDurably(join(out, "summary.json"), JSON.stringify(summary, null, 2));
  const report = await writeReport([out], out);
  return json ? JSON.stringify({ ...summary, report }, null, 2) : `${describeRun(summary)}\nreport: ${report}`;
}

import { parseConfig } from "@vpt/train";
import {
  type RunVisionOptions,
  type VisionSummary,
  describeScores,
  runVision,
  visionConfigSchema,
} from "@vpt/train/vision";
import { writeVisionReport } from "@vpt/report";

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
  const summary = await runVision({ ...options, run });
  if (!summary) return undefined;
  const report = await writeVisionReport(options.out, summary);
  return json ? JSON.stringify({ ...summary, report }, null, 2) : `${describeVision(summary)}\nreport: ${report}`;
}

const describeVision = ({ before, methods, leftOut, images, stall }: VisionSummary): string =>
  [
    `start: ${describeScores(before)}`,
    ...methods.map(
      (method) => `${method.method}: ${describeScores(method)}, ${method.secondsPerStep.toFixed(2)} s a step`,
    ),
    `waited for images ${(100 * stall).toFixed(1)} % of the time`,
    ...(leftOut.unlabeled + leftOut.labelled > 0
      ? [
          `left out ${leftOut.unlabeled} of ${images["unlabeled"]} stream images and ${leftOut.labelled} labelled ones that cannot be used: quarantine.jsonl says why`,
        ]
      : []),
  ].join("\n");

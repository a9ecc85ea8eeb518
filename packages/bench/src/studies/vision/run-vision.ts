import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runExperiment, type Progress, type RunOptions, type RunSummary } from "@vpt/train";
import { visionWorkload, type VisionConfig } from "@vpt/train/vision";

/** Where a study's run goes and who watches it. */
export interface RunVisionOptions extends Pick<RunOptions, "callbacks"> {
  readonly progress: Progress;
  /** The run folder, which is kept and resumed; without one the run goes into a folder that is removed afterwards. */
  readonly folder?: string | undefined;
  /** @default visionWorkload */
  readonly workload?: typeof visionWorkload;
}

/** Trains and scores all methods of one seed, from the same start, through the runner that `vpt train` uses. */
export async function runVision(
  config: VisionConfig,
  { folder, progress, workload = visionWorkload, callbacks = [] }: RunVisionOptions,
): Promise<RunSummary> {
  const out = folder ?? mkdtempSync(join(tmpdir(), "vpt-study-"));
  try {
    return await runExperiment(workload, config, { out, resume: true, progress, callbacks });
  } finally {
    if (folder === undefined) rmSync(out, { recursive: true, force: true });
  }
}

/** The scores of a row that the vision studies compare; a result that was kept may hold more. */
export interface DenseScores {
  readonly mIoU?: number;
  readonly rmse?: number;
}

import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { memoryStats, processGroup, useBackend } from "@vpt/backend";
import type { Params } from "@vpt/core";
import { readLog, writeDurably } from "@vpt/core/run";
import type { Arm, RunConfig } from "./language/config.js";
import { createProgress, type Progress } from "./progress.js";
import { backendName } from "./backend-name.js";
import { holdRunFolder } from "./hold-run-folder.js";
import { prepare, setNames, type Prepared } from "./language/prepare.js";
import { runArm, type RunArmOptions } from "./run-arm.js";
import type { RunSummary } from "./run-summary.js";
import { score } from "./language/score.js";

/** Where a run goes and how it is watched. */
export interface RunExperimentOptions {
  readonly run: RunConfig;
  readonly out: string;
  readonly resume: boolean;
  /** A run that is in `out` already is given up. */
  readonly overwrite?: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Folder of one arm: a run with one arm has no subfolders. */
export const armFolder = (out: string, run: Pick<RunConfig, "arms">, arm: Arm): string =>
  run.arms.length === 1 ? out : join(out, arm);

/**
 * All arms of a run, one after another, from the same start on the same batches. Leaves `config.json`, a folder an arm, and
 * `summary.json`; with `resume` goes on where it was stopped.
 *
 * Several processes (`TF_CONFIG`) share each batch; the first alone scores, logs and writes.
 *
 * @returns The summary; "stopped" when `signal` stopped the run; "elsewhere" in a process that is not the first.
 */
export async function runExperiment({
  run,
  out,
  resume,
  overwrite = false,
  progress: given,
  signal,
}: RunExperimentOptions): Promise<RunSummary | "stopped" | "elsewhere"> {
  const { device, threads, precision = "f32" } = run.backend;
  const backend = await useBackend({ device, precision, ...(threads !== undefined && { threads }), log: given.say });
  const writes = (processGroup()?.rank ?? 0) === 0;
  const progress = writes ? given : createProgress({ quiet: true });
  const unlock = writes ? await holdRunFolder(out, run, { resume, overwrite }) : () => undefined;
  try {
    const name = backendName(backend);
    const loaded = await prepare(run, name, progress);
    const prepared = await warmUp(loaded, { run, folder: join(out, "warm-up"), resume, progress, signal });
    if (!prepared) return "stopped";
    const before = writes ? await score(prepared, prepared.model.params, run, "before", progress) : undefined;
    if (before) progress.say(`before: held-out NLL ${before.test.nllPerToken.toFixed(4)}`);

    const arms: RunSummary["arms"][number][] = [];
    for (const arm of run.arms) {
      const folder = armFolder(out, run, arm);
      const { state, finished } = await runArm(prepared, { arm, run, folder, resume, progress, signal });
      if (!finished) return "stopped";
      const scores = writes ? await score(prepared, state.params, run, arm, progress) : undefined;
      disposeAllBut(state.params, prepared.model.params);
      tf.dispose([state.optimizer, state.designerParams, state.designerOptimizer, state.feedbackAverage]);
      if (!scores) continue;
      const seconds = readLog(join(folder, "timings.jsonl")).reduce(
        (sum, record) => sum + Number(record["seconds"]),
        0,
      );
      arms.push({ arm, seconds, ...scores });
      progress.say(
        `${arm}: held-out NLL ${scores.test.nllPerToken.toFixed(4)} after ${run.steps} steps in ${seconds.toFixed(0)} s`,
      );
    }
    if (!before) return "elsewhere";
    const summary: RunSummary = {
      model: run.model,
      backend: name,
      seed: run.seed,
      steps: run.steps,
      rows: Object.fromEntries([
        ...setNames
          .filter((name) => !(prepared.corpus && name === "stream"))
          .map((name) => [name, prepared.sets[name].length] as const),
        ...prepared.domains.flatMap(({ stream, feedback }, d) => [
          [`domains.${d}.stream`, stream.length] as const,
          [`domains.${d}.feedback`, feedback.length] as const,
        ]),
      ]),
      before,
      arms,
      peakResidentBytes: memoryStats().peakResident,
    };
    await writeDurably(join(out, "summary.json"), JSON.stringify(summary, null, 2));
    tf.dispose(prepared.model.params);
    return summary;
  } finally {
    unlock();
  }
}

/** Plain steps before the arms, which then all start from their end: a learner made from nothing gives a designer nothing to go by. */
async function warmUp(prepared: Prepared, options: Omit<RunArmOptions, "arm">): Promise<Prepared | undefined> {
  const { warmUpSteps } = options.run;
  if (warmUpSteps === 0) return prepared;
  const run = { ...options.run, steps: warmUpSteps, probeEvery: warmUpSteps };
  const { state, finished } = await runArm(prepared, { ...options, run, arm: "baseline", label: "warm-up" });
  if (!finished) return undefined;
  disposeAllBut(prepared.model.params, state.params);
  tf.dispose([state.optimizer, state.designerOptimizer]);
  return { ...prepared, model: { ...prepared.model, params: state.params } };
}

/** Frees the tensors of `params` that are not in `kept`. */
function disposeAllBut(params: Params, kept: Params): void {
  const keep = new Set(Object.values(kept));
  tf.dispose(Object.values(params).filter((tensor) => !keep.has(tensor)));
}

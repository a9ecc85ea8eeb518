import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { memoryStats, processGroup, useBackend } from "@vpt/backend";
import type { Params } from "@vpt/core";
import { readLog, writeDurably } from "@vpt/core/run";
import type { RunConfig } from "./language/config.js";
import type { LanguageMethod } from "@vpt/lang";
import { createProgress, type Progress } from "./progress.js";
import { backendName } from "./backend-name.js";
import { acquireRunDirectory } from "./acquire-run-directory.js";
import { loadExperiment, setNames, type LoadedExperiment } from "./language/load-experiment.js";
import { trainMethod, type TrainMethodOptions } from "./train-method.js";
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

/** Folder of one method: a run with one method has no subfolders. */
export const methodFolder = (out: string, run: Pick<RunConfig, "methods">, method: LanguageMethod): string =>
  run.methods.length === 1 ? out : join(out, method);

/**
 * All methods of a run, one after another, from the same start on the same batches. Leaves `config.json`, a folder an method, and
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
  const backend = await useBackend({ device, precision, ...(threads !== undefined && { threads }), log: given.log });
  const writes = (processGroup()?.rank ?? 0) === 0;
  const progress = writes ? given : createProgress({ quiet: true });
  const unlock = writes ? await acquireRunDirectory(out, run, { resume, overwrite }) : () => undefined;
  try {
    const name = backendName(backend);
    const loaded = await loadExperiment(run, name, progress);
    const prepared = await warmUp(loaded, { run, folder: join(out, "warm-up"), resume, progress, signal });
    if (!prepared) return "stopped";
    const before = writes ? await score(prepared, prepared.model.params, run, "before", progress) : undefined;
    if (before) progress.log(`before: held-out NLL ${before.test.nllPerToken.toFixed(4)}`);

    const methods: RunSummary["methods"][number][] = [];
    for (const method of run.methods) {
      const folder = methodFolder(out, run, method);
      const { state, finished } = await trainMethod(prepared, { method, run, folder, resume, progress, signal });
      if (!finished) return "stopped";
      const scores = writes ? await score(prepared, state.params, run, method, progress) : undefined;
      disposeAllBut(state.params, prepared.model.params);
      tf.dispose([state.optimizer, state.designerParams, state.designerOptimizer, state.feedbackEma]);
      if (!scores) continue;
      const seconds = readLog(join(folder, "timings.jsonl")).reduce(
        (sum, record) => sum + Number(record["seconds"]),
        0,
      );
      methods.push({ method, seconds, ...scores });
      progress.log(
        `${method}: held-out NLL ${scores.test.nllPerToken.toFixed(4)} after ${run.steps} steps in ${seconds.toFixed(0)} s`,
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
          .filter((name) => !(prepared.corpus && name === "unlabeled"))
          .map((name) => [name, prepared.datasets[name].length] as const),
        ...prepared.domains.flatMap(({ unlabeled, feedback }, d) => [
          [`domains.${d}.unlabeled`, unlabeled.length] as const,
          [`domains.${d}.feedback`, feedback.length] as const,
        ]),
      ]),
      before,
      methods,
      peakResidentBytes: memoryStats().peakResident,
    };
    await writeDurably(join(out, "summary.json"), JSON.stringify(summary, null, 2));
    tf.dispose(prepared.model.params);
    return summary;
  } finally {
    unlock();
  }
}

/** Plain steps before the methods, which then all start from their end: a learner made from nothing gives a designer nothing to go by. */
async function warmUp(
  prepared: LoadedExperiment,
  options: Omit<TrainMethodOptions, "method">,
): Promise<LoadedExperiment | undefined> {
  const { pretrainSteps } = options.run;
  if (pretrainSteps === 0) return prepared;
  const run = { ...options.run, steps: pretrainSteps, probeEvery: pretrainSteps };
  const { state, finished } = await trainMethod(prepared, { ...options, run, method: "baseline", label: "warm-up" });
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

import * as tf from "@tensorflow/tfjs";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  gateCollapseDetector,
  createTrainState,
  pick,
  probeUpdates,
  lossSpikeDetector,
  vPretrain,
  type Params,
  type StepMetrics,
  type TrainState,
} from "@vpt/core";
import { memoryStats, processGroup } from "@vpt/backend";
import { appendLog, createCheckpoints, flushLog, readLog, truncateLog, writeDurably } from "@vpt/core/run";
import type { RunConfig } from "./language/config.js";
import type { LanguageMethod } from "@vpt/lang";
import { remaining, type Progress } from "./progress.js";
import { compile } from "./compile.js";
import { buildMethod } from "./language/build-method.js";
import type { LoadedExperiment } from "./language/load-experiment.js";
import { sampleTargets } from "./language/sample-targets.js";
import { tensorFile } from "@vpt/weights";

/** One method of a run, in a folder of its own. */
export interface TrainMethodOptions {
  readonly method: LanguageMethod;
  /** How the method is called in progress lines; its name by default. */
  readonly label?: string;
  readonly run: RunConfig;
  readonly folder: string;
  readonly resume: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** How an method went. The state's tensors belong to the caller; the parameters it did not train are the model's. */
export interface MethodOutcome {
  readonly state: TrainState;
  readonly finished: boolean;
}

/**
 * Trains one method: `metrics.jsonl` (the same for the same seed), `timings.jsonl` (wall clock, memory), `probe.jsonl`, `checkpoints/`.
 * With `resume` it goes on from the newest valid checkpoint, bit for bit. Of several processes only the first writes; all read its checkpoints.
 */
export async function trainMethod(
  prepared: LoadedExperiment,
  { method, label = method, run, folder, resume, progress, signal: stop }: TrainMethodOptions,
): Promise<MethodOutcome> {
  const { model } = prepared;
  const logs = {
    metrics: join(folder, "metrics.jsonl"),
    timings: join(folder, "timings.jsonl"),
    probe: join(folder, "probe.jsonl"),
  };
  let told: Record<string, unknown> = {}; // of the feedback drawn in the step under way
  const opened = buildMethod(prepared, method, run, {
    onSignal: ({ cosine, batchesPerHalf }) =>
      (told = { ...told, gradientAgreement: cosine, feedbackBatches: 2 * batchesPerHalf }),
    onGradients: ({ norms, cosines }) => (told = { ...told, feedbackNorms: norms, feedbackCosines: cosines }),
  });
  const { options, trainable, tokensPerRow, rowsPerStep, batches, probe: probed } = opened;
  const moves = probed && probeUpdates(probed.downstream, compile);
  const targets = { before: join(folder, "targets-before.json"), both: join(folder, "targets.json") };
  const checkpointFolder = join(folder, "checkpoints");
  const checkpoints = createCheckpoints(checkpointFolder, tensorFile, {
    keep: run.keepCheckpoints,
    kind: "language",
    method,
  });

  const writes = (processGroup()?.rank ?? 0) === 0;
  const saved = resume ? await checkpoints.latest(model.params) : undefined;
  // Only what is the method's: a run with one method keeps its lock and its configuration in the same folder.
  if (!resume && writes)
    for (const path of [...Object.values(logs), ...Object.values(targets), checkpointFolder])
      rmSync(path, { recursive: true, force: true });
  mkdirSync(checkpointFolder, { recursive: true });
  const state =
    saved?.state ??
    createTrainState({
      params: { ...model.params, ...copies(pick(model.params, trainable)) }, // the loop frees what it replaces
      trainable,
      designerParams: options.designer.init(run.seed),
      optimizer: options.optimizer,
      designerOptimizer: options.designerOptimizer,
      seed: run.seed,
    });
  if (saved) await batches.restore(saved.data);
  if (writes) for (const path of Object.values(logs)) await truncateLog(path, state.step);

  const { burnInSteps = 0 } = options.value ?? {};
  if (options.value && run.steps <= burnInSteps)
    progress.log(
      `${label}: no value update in ${run.steps} steps: the first is at step ${burnInSteps} (value.burnInSteps)`,
    );
  const tokensPerStep = tokensPerRow * rowsPerStep;
  const began = Date.now();
  let lap = began;
  const alarm = run.designer.maxGate > 0 ? gateCollapseDetector({ ...run.designer, ...run.alarm }) : undefined;
  const firstStep = state.step;
  const history = readLog(logs.metrics)
    .filter(({ step }) => step < firstStep) // the writer may not have cut the log yet
    .map(({ loss }) => Number(loss));
  const last = await vPretrain({
    ...options,
    ...(run.spikeFactor > 0 && { skipStep: lossSpikeDetector({ factor: run.spikeFactor, history }) }),
    state,
    batches,
    steps: run.steps,
    signal: stop,
    saveEvery: run.saveEvery,
    save: async (now, data) => {
      if (!writes) return;
      for (const path of Object.values(logs)) await flushLog(path); // a checkpoint's cursor never points past its log
      await checkpoints.save({ state: now, data });
    },
    onStep: async (metrics, now, previous) => {
      if (!writes) return;
      const seconds = (Date.now() - lap) / 1000;
      const cry = method === "value" ? alarm?.(metrics) : undefined;
      if (cry) progress.log(`${label}, ${cry}`);
      appendLog(logs.metrics, { ...metrics, ...told, step: now.step - 1 });
      told = {};
      appendLog(logs.timings, {
        step: now.step - 1,
        seconds,
        tokensPerSecond: tokensPerStep / seconds,
        ...memoryNow(),
      });
      const left = remaining(now.step - firstStep, run.steps - firstStep, (Date.now() - began) / 1000);
      progress.setStatus(
        `${label} ${now.step}/${run.steps} ${describeStep(metrics)}, ${Math.round(tokensPerStep / seconds)} tok/s, ${left}`,
      );
      // The first step with a task of its own: before it there is neither a direction nor a moment to scale it by.
      if (method !== "sft" && previous.step === run.value.burnInSteps) {
        const shown = await sampleTargets(prepared, opened, run, { ...previous, feedbackEma: now.feedbackEma });
        if (shown) await writeDurably(targets.before, JSON.stringify(shown));
      }
      if (moves && previous.step % run.probeEvery === 0) {
        const after = pick(now.params, trainable);
        appendLog(logs.probe, {
          step: previous.step,
          ...(await moves.evaluate(previous.params, [after]))[0],
        });
      }
      lap = Date.now();
    },
  });
  moves?.dispose();
  tf.dispose(probed?.batch);
  if (writes && last.step >= run.steps && existsSync(targets.before)) {
    const before = JSON.parse(readFileSync(targets.before, "utf8")) as unknown;
    const after = await sampleTargets(prepared, opened, run, last);
    await writeDurably(targets.both, JSON.stringify({ before, after }));
  }
  const finished = last.step >= run.steps;
  if (!finished && writes)
    progress.log(`stopped at step ${last.step} of ${label}; the same command with --resume goes on from there`);
  return { state: last, finished };
}

const memoryNow = () => {
  const { tensorCount, resident, peakResident } = memoryStats();
  return { tensors: tensorCount, residentMegabytes: resident / 1e6, peakResidentMegabytes: peakResident / 1e6 };
};

const copies = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tensor.clone()]));

const describeStep = ({ loss, value, gate }: StepMetrics): string =>
  [
    `loss ${loss?.toFixed(3)}`,
    ...(value !== undefined ? [`value ${value.toExponential(1)}`] : []),
    ...(gate !== undefined ? [`α ${gate.toFixed(2)}`] : []),
  ].join(", ");

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { processGroup, useBackend } from "@vpt/backend";
import { disposeUnreferenced, type Params, type TrainState } from "@vpt/core";
import { writeDurably } from "@vpt/core/run";
import { acquireRunDirectory } from "./acquire-run-directory.js";
import { backendName } from "./backend-name.js";
import { alarms } from "./callbacks/alarms.js";
import { artifactWriter } from "./callbacks/artifact-writer.js";
import { checkpointWriter } from "./callbacks/checkpoint-writer.js";
import { evaluation } from "./callbacks/evaluation.js";
import { metricsLog } from "./callbacks/metrics-log.js";
import { progressLine } from "./callbacks/progress-line.js";
import { skippedSamplesLog } from "./callbacks/skipped-samples-log.js";
import { stepProbe } from "./callbacks/step-probe.js";
import { timingsLog } from "./callbacks/timings-log.js";
import { compile } from "./compile.js";
import { presetLines } from "./config/preset-use.js";
import { serializableConfig } from "./config/serializable-config.js";
import type { SharedConfig } from "./config/shared-config.js";
import { methodSteps } from "./match/method-steps.js";
import { methodFolder } from "./method-folder.js";
import { createProgress, type Progress } from "./progress.js";
import { notify, type RunCallback, type RunInfo } from "./run-callback.js";
import { RunStopped } from "./run-stopped.js";
import { firstTaskStep } from "./step-kinds.js";
import { describeScores, type MethodSummary, type RunSummary, type Scores } from "./run-summary.js";
import { summarizeMethod, summarizeRun } from "./summarize-run.js";
import { trainMethod } from "./train-method.js";
import { untilAllAreHere } from "./until-all-are-here.js";
import {
  methodName,
  resolveMethod,
  type MethodPlan,
  type MethodStart,
  type OpenWorkload,
  type Workload,
} from "./workload.js";

/** Where a run goes and who watches it. */
export interface RunOptions {
  /** The run folder. */
  readonly out: string;
  /** Continue the run that is in `out`. @default false */
  readonly resume?: boolean;
  /** Replace the run that is in `out`, which is lost. @default false */
  readonly overwrite?: boolean;
  /** Stops the run at the next step; its state is saved and {@link RunStopped} is thrown. */
  readonly signal?: AbortSignal;
  /** Called after the run's own callbacks, in order. */
  readonly callbacks?: readonly RunCallback[];
  /** @default no output */
  readonly progress?: Progress;
}

/**
 * Trains all methods of a configuration, one after another, from the same start on the same batches, and scores each.
 * Leaves a run folder: `config.json`, `summary.json`, and a folder a method with logs, checkpoints and artifacts; with
 * `resume` it continues where it was stopped, bit for bit.
 *
 * Several processes (`TF_CONFIG`, `vpt launch`) share each batch; the first alone scores, logs and writes, and all
 * return its summary.
 *
 * @throws {RunStopped} When `signal` stopped the run.
 * @throws {VptError} When the folder holds another run, or the configuration cannot be run.
 * @example
 * ```ts
 * import { runExperiment } from "@vpt/train";
 * import { languageWorkload, parseRunConfig } from "@vpt/train/language";
 * const test = { synthetic: "problems", split: "test" };
 * const data = { unlabeled: { synthetic: "stream" }, feedback: { synthetic: "problems" }, test };
 * const config = parseRunConfig({ model: "tiny", data }, "my config");
 * const { methods } = await runExperiment(languageWorkload, config, { out: "runs/a" });
 * ```
 * @category running
 */
export async function runExperiment<Config extends SharedConfig, Batch, View>(
  workload: Workload<Config, Batch, View>,
  config: Config,
  options: RunOptions,
): Promise<RunSummary> {
  const { out, resume = false, overwrite = false } = options;
  const given = options.progress ?? createProgress({ quiet: true });
  const { device, threads, precision } = config.backend;
  const backend = await useBackend({ device, precision, ...(threads !== undefined && { threads }), log: given.log });
  const isPrimary = (processGroup()?.rank ?? 0) === 0;
  const progress = isPrimary ? given : createProgress({ quiet: true });
  const saved = serializableConfig(config, workload.kind);
  const unlock = isPrimary ? await acquireRunDirectory(out, saved, { resume, overwrite }) : () => undefined;
  try {
    const name = backendName(backend);
    const open = await workload.open(config, { backend: name, progress, isPrimary });
    try {
      return await runMethods(open, {
        ...options,
        kind: workload.kind,
        backend: name,
        config,
        saved,
        progress,
        isPrimary,
      });
    } finally {
      await open.close();
    }
  } finally {
    unlock();
  }
}

/** A run with its backend started and its folder locked. */
interface RunContext extends RunOptions {
  readonly kind: string;
  readonly backend: string;
  readonly config: SharedConfig;
  readonly saved: object;
  readonly progress: Progress;
  readonly isPrimary: boolean;
}

async function runMethods<Batch, View>(open: OpenWorkload<Batch, View>, run: RunContext): Promise<RunSummary> {
  const { config, out, progress, isPrimary, callbacks: own = [] } = run;
  const callbacks = isPrimary ? own : [];
  const info: RunInfo = {
    kind: run.kind,
    out,
    config: run.saved,
    methods: config.methods.map(methodName),
    steps: config.steps,
    unit: open.unit,
    metrics: open.metrics,
    primaryMetric: open.primaryMetric,
  };
  for (const line of open.preset ? presetLines(open.preset) : []) progress.log(line);
  await notify(callbacks, "onRunStart", info);
  const start = await pretrain(open, run);
  const score = async (params: Params, method?: string): Promise<Scores | undefined> =>
    isPrimary
      ? open.evaluate(params, { quick: false, label: method ?? "before", ...(method !== undefined && { method }) })
      : undefined;
  const before = await score(start.params);
  if (before) progress.log(`before: ${describeScores(before, open.metrics)}`);
  const methods: MethodSummary[] = [];
  for (const spec of config.methods) {
    const method = resolveMethod<Batch, View>(spec as Parameters<typeof resolveMethod<Batch, View>>[0]);
    const steps = await methodSteps(method, start, open, run);
    const plan = open.method(method, { steps });
    const state = await runMethod({ method: method.name, plan, steps, start }, open, run);
    const scores = await score(state.params, method.name);
    const custom = isPrimary ? await method.custom?.evaluate?.(state.params) : undefined;
    disposeUnreferenced(state, start.params);
    if (!scores) continue;
    const summary = summarizeMethod(method.name, {
      plan,
      state,
      open,
      run,
      scores: { ...scores, metrics: { ...scores.metrics, ...custom } },
    });
    methods.push(summary);
    progress.log(
      `${method.name}: ${describeScores(summary.scores, open.metrics)} after ${summary.steps} steps in ` +
        `${summary.seconds.toFixed(0)} s`,
    );
  }
  tf.dispose([start.params, start.auxiliary] as tf.TensorContainer);
  const path = join(out, "summary.json");
  if (before) {
    const summary = summarizeRun(open, run, before, methods);
    await writeDurably(path, JSON.stringify(summary, null, 2));
    await notify(callbacks, "onRunEnd", summary);
  }
  await untilAllAreHere("summary");
  return JSON.parse(readFileSync(path, "utf8")) as RunSummary;
}

/** The ordinary objective before the methods, in a folder of its own; all methods start from its end. */
async function pretrain<Batch, View>(open: OpenWorkload<Batch, View>, run: RunContext): Promise<MethodStart> {
  const { pretrainSteps } = run.config;
  if (pretrainSteps === 0) return { params: open.params, auxiliary: {} };
  const plan = open.pretrain?.() ?? open.method({ name: "baseline" });
  const config = { ...run.config, probeEvery: pretrainSteps, evaluate: undefined };
  const start = { params: open.params, auxiliary: {} };
  const state = await runMethod({ method: "pretrain", plan, steps: pretrainSteps, start }, open, { ...run, config });
  tf.dispose(Object.values(open.params).filter((tensor) => !new Set(Object.values(state.params)).has(tensor)));
  disposeUnreferenced(state, state.params, ...Object.values(state.auxiliary));
  return { params: state.params, auxiliary: state.auxiliary };
}

/** One method, or the pretraining, before its first step. */
interface MethodRun<Batch, View> {
  readonly method: string;
  readonly plan: MethodPlan<Batch, View>;
  readonly steps: number;
  readonly start: MethodStart;
}

/** Trains one method under the run's own callbacks and the user's. */
async function runMethod<Batch, View>(
  { method, plan, steps, start }: MethodRun<Batch, View>,
  open: OpenWorkload<Batch, View>,
  run: RunContext,
): Promise<TrainState> {
  const { config, progress, isPrimary, signal, callbacks: own = [] } = run;
  const all: RunCallback[] = [];
  all.push(
    metricsLog(),
    timingsLog(),
    progressLine(progress),
    alarms(progress, plan.detectors ?? []),
    ...(plan.skippedSamples ? [skippedSamplesLog(progress, plan.skippedSamples)] : []),
    ...(method === "pretrain" ? [] : [artifactWriter(open, firstTaskStep(plan.step))]),
    ...(plan.probe
      ? [stepProbe(plan.probe, { every: config.probeEvery, ...(config.backend.compile && { compile }) })]
      : []),
    ...(config.evaluate ? [evaluation(config.evaluate, open, (event) => notify(all, "onEvaluate", event))] : []),
    checkpointWriter({ keep: config.keepCheckpoints, kind: run.kind }),
    ...own,
  );
  const folder = methodFolder(run.out, method);
  try {
    const state = await trainMethod({
      method,
      plan,
      config,
      steps,
      unit: open.unit,
      start,
      kind: run.kind,
      trainable: open.trainable,
      folder,
      resume: run.resume ?? false,
      isPrimary,
      progress,
      callbacks: all,
      signal,
    });
    if (state.step < steps) throw new RunStopped(method, state.step);
    return state;
  } finally {
    plan.probe?.dispose();
    await plan.batches.close?.();
  }
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import {
  createStepProbe,
  disposeUnreferenced,
  randomFromSeed,
  VptError,
  type StepGradients,
  type StepProbeResult,
} from "@vpt/core";
import { backendName } from "./backend-name.js";
import { checkpointsIn } from "./callbacks/checkpoint-writer.js";
import { parseConfig } from "./config/load-config.js";
import type { SharedConfig } from "./config/shared-config.js";
import { feedbackDraws, type FeedbackDraws } from "./diagnostics/feedback-draws.js";
import { probeDiagnostics, type ProbeDiagnostics } from "./diagnostics/probe-diagnostics.js";
import { stepDiagnostics, type StepDiagnostics } from "./diagnostics/step-diagnostics.js";
import { methodFolder } from "./method-folder.js";
import type { Progress } from "./progress.js";
import { methodName, type OpenWorkload, type Workload } from "./workload.js";

/** How a run's checkpoints are probed. */
export interface ProbeRunOptions {
  /** The run folder. */
  readonly folder: string;
  /** All of the run's methods when left out. */
  readonly method?: string;
  /** Batches a checkpoint. */
  readonly probes: number;
  /** Step sizes of SGD, beside the learner's own step. */
  readonly rates: readonly number[];
  /** Feedback batches drawn for the value's estimate at the first batch; 0: none. @default 32 */
  readonly draws?: number;
  readonly progress: Progress;
}

/** The probes of one checkpoint. */
export interface ProbedMethod {
  readonly method: string;
  /** Learner steps behind the checkpoint. */
  readonly step: number;
  /** The run's clip of ‖g_pre‖. */
  readonly clipNorm: number;
  readonly results: readonly StepProbeResult[];
  /** Batches whose step would have been skipped. */
  readonly skipped: number;
  /** The paper's theory along these steps; undefined where every step would have been skipped. */
  readonly diagnostics?: ProbeDiagnostics;
}

/**
 * Probes the newest checkpoint of each method: the steps that it would take next, on the batches that come next, each
 * with a feedback sample of its own. Nothing in the folder changes.
 *
 * @throws {VptError} When the folder holds no run of the workload, the run has no rows to probe on, or a method has no
 *   checkpoint.
 */
export async function probeRun<Config extends SharedConfig, Batch, View>(
  workload: Workload<Config, Batch, View>,
  { folder, method, progress, ...options }: ProbeRunOptions,
): Promise<ProbedMethod[]> {
  const config = readRunConfig(workload, folder);
  const names = config.methods.map(methodName);
  const methods = names.filter((name) => method === undefined || name === method);
  if (methods.length === 0) throw new VptError(`--method ${method}: the run has ${names.join(", ")}`);
  const { device, threads, precision } = config.backend;
  const backend = await useBackend({ device, precision, ...(threads !== undefined && { threads }), log: progress.log });
  const open = await workload.open(config, { backend: backendName(backend), progress, isPrimary: true });
  try {
    const probed: ProbedMethod[] = [];
    for (const name of methods) {
      if (typeof config.methods.find((each) => methodName(each) === name) !== "string")
        throw new VptError(
          `--method ${name}: a method of your own, whose functions are not saved; name a built-in one`,
        );
      probed.push(await probeMethod(open, name, config, { folder, progress, ...options }));
    }
    return probed;
  } finally {
    tf.dispose(open.params);
    await open.close();
  }
}

/**
 * Reads a run folder's configuration.
 *
 * @throws {VptError} When there is none, or it is another workload's.
 */
export function readRunConfig<Config extends SharedConfig, Batch, View>(
  { kind, schema }: Workload<Config, Batch, View>,
  folder: string,
): Config {
  const { kind: saved, ...config } = readSavedConfig(folder);
  if (saved !== kind) throw new VptError(`${folder}: a ${String(saved)} run; expected a ${kind} run`);
  return parseConfig(schema, kind === "vision" ? { kind, ...config } : config, join(folder, "config.json"));
}

/**
 * Reads `config.json` of a run folder as it is; its `kind` names the workload.
 *
 * @throws {VptError} When there is no run.
 */
export function readSavedConfig(folder: string): Record<string, unknown> {
  const path = join(folder, "config.json");
  if (!existsSync(path)) throw new VptError(`${folder}: no run here (no config.json); give the --out of a vpt train`);
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
}

async function probeMethod<Batch, View>(
  open: OpenWorkload<Batch, View>,
  method: string,
  { seed }: SharedConfig,
  { folder, probes, rates, draws = 32, progress }: Omit<ProbeRunOptions, "method">,
): Promise<ProbedMethod> {
  const { step: options, batches, probe: shared, probeAt } = open.method({ name: method });
  if (!shared && !probeAt)
    throw new VptError(`${folder}: the run has no "data.probeRows"; a probe needs held-out labeled rows of its own`);
  const own = methodFolder(folder, method);
  const saved = await checkpointsIn(own).latest(open.params);
  if (!saved) throw new VptError(`${own}: no checkpoint of ${method} yet; wait for the first, or give --method`);
  await batches.restore(saved.data);
  const probe = shared ?? (await probeAt!(saved.state.params));
  const steps: StepDiagnostics[] = [];
  let drawn: FeedbackDraws | undefined;
  const inspect = async (step: StepGradients): Promise<void> => {
    if (steps.length === 0 && options.value && draws > 0)
      drawn = await feedbackDraws(step, { ...options.value, probeRows: probe.feedback, count: draws, seed });
    steps.push(await stepDiagnostics(step, options.value?.subset));
  };
  const stepProbe = createStepProbe(options, { downstream: probe.downstream, rates, inspect });
  const results: StepProbeResult[] = [];
  for (let i = 0; i < probes; i++) {
    const batch = (await batches.next())!;
    const state = {
      ...saved.state,
      random: { ...saved.state.random, feedback: randomFromSeed(seed, `probe ${i}`).state() },
    };
    const result = await stepProbe.measure(state, batch);
    if (result) results.push(result);
    tf.dispose(batch as tf.TensorContainer);
    progress.setStatus(`${method}, step ${saved.state.step}: probe ${i + 1} of ${probes}`);
  }
  stepProbe.dispose();
  probe.dispose();
  const { step } = saved.state;
  disposeUnreferenced(saved.state, open.params);
  await batches.close?.();
  return {
    method,
    step,
    clipNorm: options.clipNorm ?? Infinity,
    results,
    skipped: probes - results.length,
    ...(results.length > 0 && { diagnostics: probeDiagnostics(results, rates, steps, drawn) }),
  };
}

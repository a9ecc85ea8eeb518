import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { randomFromSeed, createStepProbe, VptError, type StepProbeResult } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { backendName } from "./backend-name.js";
import { parseRunConfig } from "./config/load-config.js";
import type { RunConfig } from "./language/config.js";
import type { LanguageMethod } from "@vpt/lang";
import type { Progress } from "./progress.js";
import { buildMethod } from "./language/build-method.js";
import { loadExperiment, type LoadedExperiment } from "./language/load-experiment.js";
import { methodFolder } from "./run-experiment.js";
import { tensorFile } from "@vpt/weights";

/** How a run's checkpoints are probed. */
export interface ProbeRunOptions {
  readonly folder: string;
  /** All of the run's methods that have a checkpoint when left out. */
  readonly method?: string;
  /** Batches a checkpoint. */
  readonly probes: number;
  readonly rates: readonly number[];
  readonly progress: Progress;
}

/** The probes of one checkpoint. */
export interface ProbedMethod {
  readonly method: LanguageMethod;
  /** Learner steps behind the checkpoint. */
  readonly step: number;
  /** The run's clip of ‖g_pre‖. */
  readonly clipNorm: number;
  readonly results: readonly StepProbeResult[];
  /** Batches whose step would have been skipped. */
  readonly skipped: number;
}

/**
 * Probes the newest checkpoint of each method: the steps it would take next, on the batches that come next in its stream, each with a
 * feedback draw of its own. Nothing in the folder changes.
 *
 * @throws {VptError} When the folder holds no run, the run no probe rows, or an method no checkpoint.
 */
export async function probeRun({ folder, method, probes, rates, progress }: ProbeRunOptions): Promise<ProbedMethod[]> {
  const run = readConfig(folder);
  if (!run.data.probeRows) {
    throw new VptError(
      `${folder}: the run has no "data.probe"; a probe needs held-out downstream rows, neither feedback nor test`,
    );
  }
  const methods = run.methods.filter((name) => method === undefined || name === method);
  if (methods.length === 0) throw new VptError(`--method ${method}: the run has ${run.methods.join(", ")}`);
  const { device, threads, precision = "f32" } = run.backend;
  const backend = await useBackend({ device, precision, ...(threads !== undefined && { threads }), log: progress.log });
  const name = backendName(backend);
  const prepared = await loadExperiment(run, name, progress);
  const found: ProbedMethod[] = [];
  for (const each of methods) found.push(await probeArm(prepared, each, run, { folder, probes, rates, progress }));
  tf.dispose(prepared.model.params);
  return found;
}

async function probeArm(
  prepared: LoadedExperiment,
  method: LanguageMethod,
  run: RunConfig,
  { folder, probes, rates, progress }: Omit<ProbeRunOptions, "method">,
): Promise<ProbedMethod> {
  const path = join(methodFolder(folder, run, method), "checkpoints");
  const saved = await createCheckpoints(path, tensorFile).latest(prepared.model.params);
  if (!saved) throw new VptError(`${path}: no checkpoint of ${method} yet; wait for the first, or give --method`);
  const { options, batches, probe: held } = buildMethod(prepared, method, run);
  await batches.restore(saved.data);
  const probed = createStepProbe(options, { downstream: held!.downstream, rates });
  const results: StepProbeResult[] = [];
  for (let i = 0; i < probes; i++) {
    const batch = (await batches.next())!;
    const feedback = randomFromSeed(run.seed, `probe ${i}`).state();
    const state = { ...saved.state, random: { ...saved.state.random, feedback } };
    const result = await probed.measure(state, batch);
    if (result) results.push(result);
    tf.dispose(batch as tf.TensorContainer);
    progress.setStatus(`${method}, step ${saved.state.step}: probe ${i + 1} of ${probes}`);
  }
  probed.dispose();
  const { params, optimizer, designerParams, designerOptimizer, feedbackEma, step } = saved.state;
  const trained = Object.keys(optimizer.first).map((name) => params[name]!);
  tf.dispose([held!.batch, trained, optimizer, designerParams, designerOptimizer, feedbackEma]);
  return { method, step, clipNorm: run.learner.clipNorm, results, skipped: probes - results.length };
}

function readConfig(folder: string): RunConfig {
  const path = join(folder, "config.json");
  if (!existsSync(path)) throw new VptError(`${folder}: no run here (no config.json); give the --out of a vpt train`);
  const file = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  if (file["kind"] === "vision") throw new VptError(`${folder}: a vision run; vpt probe is for language runs`);
  return parseRunConfig(file, path);
}

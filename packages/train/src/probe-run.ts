import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { useBackend } from "@vpt/backend";
import { randomFromSeed, stepProbe, VptError, type StepProbeResult } from "@vpt/core";
import { createCheckpoints } from "@vpt/core/run";
import { backendName } from "./backend-name.js";
import { parseRunConfig } from "./config/load-config.js";
import type { Arm, RunConfig } from "./language/config.js";
import type { Progress } from "./progress.js";
import { openArm } from "./language/open-arm.js";
import { prepare, type Prepared } from "./language/prepare.js";
import { armFolder } from "./run-experiment.js";
import { tensorFile } from "@vpt/weights";

/** How a run's checkpoints are probed. */
export interface ProbeRunOptions {
  readonly folder: string;
  /** All of the run's arms that have a checkpoint when left out. */
  readonly arm?: string;
  /** Batches a checkpoint. */
  readonly probes: number;
  readonly rates: readonly number[];
  readonly progress: Progress;
}

/** The probes of one checkpoint. */
export interface ProbedArm {
  readonly arm: Arm;
  /** Learner steps behind the checkpoint. */
  readonly step: number;
  /** The run's clip of ‖g_pre‖. */
  readonly clipNorm: number;
  readonly results: readonly StepProbeResult[];
  /** Batches whose step would have been skipped. */
  readonly skipped: number;
}

/**
 * Probes the newest checkpoint of each arm: the steps it would take next, on the batches that come next in its stream, each with a
 * feedback draw of its own. Nothing in the folder changes.
 *
 * @throws {VptError} When the folder holds no run, the run no probe rows, or an arm no checkpoint.
 */
export async function probeRun({ folder, arm, probes, rates, progress }: ProbeRunOptions): Promise<ProbedArm[]> {
  const run = readConfig(folder);
  if (!run.data.probe) {
    throw new VptError(
      `${folder}: the run has no "data.probe"; a probe needs held-out downstream rows, neither feedback nor test`,
    );
  }
  const arms = run.arms.filter((name) => arm === undefined || name === arm);
  if (arms.length === 0) throw new VptError(`--arm ${arm}: the run has ${run.arms.join(", ")}`);
  const { device, threads, precision = "f32" } = run.backend;
  const backend = await useBackend({ device, precision, ...(threads !== undefined && { threads }), log: progress.say });
  const name = backendName(backend);
  const prepared = await prepare(run, name, progress);
  const found: ProbedArm[] = [];
  for (const each of arms) found.push(await probeArm(prepared, each, run, { folder, probes, rates, progress }));
  tf.dispose(prepared.model.params);
  return found;
}

async function probeArm(
  prepared: Prepared,
  arm: Arm,
  run: RunConfig,
  { folder, probes, rates, progress }: Omit<ProbeRunOptions, "arm">,
): Promise<ProbedArm> {
  const path = join(armFolder(folder, run, arm), "checkpoints");
  const saved = await createCheckpoints(path, tensorFile).latest(prepared.model.params);
  if (!saved) throw new VptError(`${path}: no checkpoint of ${arm} yet; wait for the first, or give --arm`);
  const { options, batches, probe: held } = openArm(prepared, arm, run);
  await batches.restore(saved.data);
  const probed = stepProbe(options, { downstream: held!.downstream, rates });
  const results: StepProbeResult[] = [];
  for (let i = 0; i < probes; i++) {
    const batch = (await batches.next())!;
    const state = { ...saved.state, feedbackRandom: randomFromSeed(run.seed, `probe ${i}`).state() };
    const result = await probed.at(state, batch);
    if (result) results.push(result);
    tf.dispose(batch as tf.TensorContainer);
    progress.update(`${arm}, step ${saved.state.step}: probe ${i + 1} of ${probes}`);
  }
  probed.dispose();
  const { params, optimizer, designerParams, designerOptimizer, feedbackAverage, step } = saved.state;
  const trained = Object.keys(optimizer.first).map((name) => params[name]!);
  tf.dispose([held!.batch, trained, optimizer, designerParams, designerOptimizer, feedbackAverage]);
  return { arm, step, clipNorm: run.learner.clipNorm, results, skipped: probes - results.length };
}

function readConfig(folder: string): RunConfig {
  const path = join(folder, "config.json");
  if (!existsSync(path)) throw new VptError(`${folder}: no run here (no config.json); give the --out of a vpt train`);
  const file = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  if (file["kind"] === "vision") throw new VptError(`${folder}: a vision run; vpt probe is for language runs`);
  return parseRunConfig(file, path);
}

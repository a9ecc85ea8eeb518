import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createTrainState, lossSpikeDetector, pick, vPretrain, type Params, type TrainState } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import { checkpointsIn } from "./callbacks/checkpoint-writer.js";
import type { SharedConfig } from "./config/shared-config.js";
import type { Progress } from "./progress.js";
import { notify, type MethodInfo, type RunCallback } from "./run-callback.js";
import { timedBatches } from "./timed-batches.js";
import type { MethodPlan, MethodStart } from "./workload.js";

/** One method of a run, in a folder of its own. */
export interface TrainMethodOptions<Batch, View> {
  readonly method: string;
  readonly plan: MethodPlan<Batch, View>;
  readonly config: Pick<SharedConfig, "seed" | "spikeFactor" | "maxSkippedSteps" | "saveEvery">;
  readonly steps: number;
  readonly unit: "tokens" | "images";
  /** What the method starts from; left alone. */
  readonly start: MethodStart;
  /** The modality; a checkpoint of another is refused. */
  readonly kind: string;
  readonly trainable: readonly string[];
  readonly folder: string;
  readonly resume: boolean;
  readonly isPrimary: boolean;
  readonly progress: Progress;
  readonly callbacks: readonly RunCallback[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Trains one method with {@link vPretrain} and passes what happens to the callbacks. With `resume` it continues from
 * the newest valid checkpoint, bit for bit. Of several processes only the first calls its callbacks; all of them read
 * its checkpoints.
 *
 * @returns The last state, whose tensors the caller owns; `state.step` is below `steps` when `signal` stopped it.
 */
export async function trainMethod<Batch, View>(options: TrainMethodOptions<Batch, View>): Promise<TrainState> {
  const { method, plan, config, steps, folder, isPrimary, signal, unit } = options;
  const callbacks = isPrimary ? options.callbacks : [];
  if (!options.resume && isPrimary) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { state, isResumed } = await firstState(options);
  warnOfIdleValue(options);
  const info: MethodInfo = { method, folder, steps, unit, unitsPerStep: plan.unitsPerStep, state, resumed: isResumed };
  await notify(callbacks, "onMethodStart", info);
  const batches = timedBatches(plan.batches);
  let lap = Date.now();
  const last = await vPretrain({
    ...plan.step,
    ...(config.spikeFactor > 0 && {
      skipStep: lossSpikeDetector({ factor: config.spikeFactor, history: lossesOf(folder, state.step) }),
    }),
    state,
    batches,
    steps,
    saveEvery: config.saveEvery,
    maxSkippedSteps: config.maxSkippedSteps,
    ...(signal && { signal }),
    save: async (now, data) => {
      await notify(callbacks, "onCheckpoint", { method, folder, step: now.step, state: now, data });
      lap = Date.now();
    },
    onStep: async (metrics, now, previous) => {
      const [seconds, dataSeconds] = [(Date.now() - lap) / 1000, batches.takeSeconds()];
      await notify(callbacks, "onStep", {
        method,
        folder,
        step: previous.step,
        steps,
        metrics,
        extraMetrics: plan.takeMetrics?.() ?? {},
        seconds,
        dataSeconds,
        units: plan.unitsPerStep,
        unit,
        state: now,
        previous,
      });
      lap = Date.now();
    },
  });
  if (last.step >= steps) await notify(callbacks, "onMethodEnd", { ...info, state: last });
  return last;
}

/** The newest checkpoint's state where the run resumes, with the batches moved to its place; else a new one. */
async function firstState<Batch, View>({
  plan,
  config,
  start,
  kind,
  method,
  trainable,
  folder,
  resume,
}: TrainMethodOptions<Batch, View>): Promise<{ readonly state: TrainState; readonly isResumed: boolean }> {
  const saved =
    resume && existsSync(folder) ? await checkpointsIn(folder, { kind, method }).latest(start.params) : undefined;
  if (saved) {
    await plan.batches.restore(saved.data);
    return { state: saved.state, isResumed: true };
  }
  const { seed = config.seed } = plan;
  const { designer, optimizer, designerOptimizer = optimizer } = plan.step;
  const state = createTrainState({
    ...plan.initial?.(start),
    // the loop frees what it replaces
    params: { ...start.params, ...copies(pick(start.params, plan.trainable ?? trainable)) },
    trainable: plan.trainable ?? trainable,
    designerParams: designer.init(seed),
    optimizer,
    designerOptimizer,
    seed,
  });
  return { state, isResumed: false };
}

const copies = (params: Params): Params =>
  Object.fromEntries(Object.entries(params).map(([name, tensor]) => [name, tensor.clone()]));

/** Losses of the steps before `step`: the spike detector continues as if the run had not been stopped. */
const lossesOf = (folder: string, step: number): number[] =>
  readLog(join(folder, "metrics.jsonl"))
    .filter((line) => line.step < step)
    .map(({ loss }) => Number(loss));

function warnOfIdleValue<Batch, View>({ method, plan, steps, progress }: TrainMethodOptions<Batch, View>): void {
  const { value } = plan.step;
  const { burnInSteps = 0 } = value ?? {};
  if (value && steps <= burnInSteps)
    progress.log(
      `${method}: no value update in ${steps} steps: the first is at step ${burnInSteps} (value.burnInSteps)`,
    );
}

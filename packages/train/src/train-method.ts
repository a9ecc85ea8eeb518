import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lossSpikeDetector, vPretrain, type TrainState } from "@vpt/core";
import { readLog } from "@vpt/core/run";
import { checkpointsIn } from "./callbacks/checkpoint-writer.js";
import { tracedGraphs } from "./compile.js";
import type { SharedConfig } from "./config/shared-config.js";
import { initialState } from "./initial-state.js";
import { matchFile } from "./match/matched-steps.js";
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
  mkdirSync(folder, { recursive: true });
  if (!options.resume && isPrimary) clear(folder);
  const { state, isResumed } = await firstState(options);
  warnOfIdleValue(options);
  const info: MethodInfo = { method, folder, steps, unit, unitsPerStep: plan.unitsPerStep, state, resumed: isResumed };
  await notify(callbacks, "onMethodStart", info);
  const batches = timedBatches(plan.batches);
  let [lap, graphs] = [Date.now(), tracedGraphs()];
  const startLap = (): void => void ([lap, graphs] = [Date.now(), tracedGraphs()]);
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
      startLap();
    },
    onStep: async (metrics, now, previous) => {
      const [seconds, dataSeconds] = [(Date.now() - lap) / 1000, batches.takeSeconds()];
      const compiled = tracedGraphs() > graphs;
      await notify(callbacks, "onStep", {
        method,
        folder,
        step: previous.step,
        steps,
        metrics,
        extraMetrics: plan.takeMetrics?.() ?? {},
        seconds,
        dataSeconds,
        compiled,
        units: plan.unitsPerStep,
        unit,
        state: now,
        previous,
      });
      startLap();
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
  return { state: initialState(plan, start, { seed: config.seed, trainable }), isResumed: false };
}

/** Removes what an earlier run left; what the steps of this one were matched by is newer. */
function clear(folder: string): void {
  for (const name of readdirSync(folder))
    if (name !== matchFile) rmSync(join(folder, name), { recursive: true, force: true });
}

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

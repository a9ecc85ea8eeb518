import { join } from "node:path";
import { VptError } from "@vpt/core";
import { appendLog, createCheckpoints, flushLog, readLog, truncateLog } from "@vpt/core/run";
import { tensorFile } from "@vpt/weights";
import type { EvaluateEvent, RunCallback } from "../run-callback.js";
import type { OpenWorkload } from "../workload.js";

/** When a run is evaluated, and which evaluation is kept. */
export interface EvaluationOptions {
  /** Steps, or a time such as `"60s"`, `"5min"`, `"1h"`. */
  readonly every: number | string;
  readonly quick: boolean;
  /** Name of the metric whose best checkpoint is kept. */
  readonly best?: string | undefined;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/** Seconds of a time such as `"5min"`; undefined for a number of steps. */
export function secondsOf(every: number | string): number | undefined {
  if (typeof every === "number") return undefined;
  const [, amount, unit] = /^([\d.]+)\s*(s|min|h)$/.exec(every) ?? [];
  return Number(amount) * unitSeconds[unit!]!;
}

const pathIn = (folder: string): string => join(folder, "evaluations.jsonl");

/** The best value of a metric among a method's evaluations; undefined without one. */
export function bestEvaluation(
  folder: string,
  metric: string,
  higherIsBetter: boolean,
): { readonly step: number; readonly value: number } | undefined {
  let best: { step: number; value: number } | undefined;
  for (const { step, metrics } of readLog(pathIn(folder))) {
    const value = (metrics as Record<string, unknown>)[metric];
    if (typeof value !== "number") continue;
    if (!best || (higherIsBetter ? value > best.value : value < best.value)) best = { step, value };
  }
  return best;
}

/**
 * Evaluates on a cadence: a line in `evaluations.jsonl`, an `onEvaluate` for every callback, and `checkpoints/best`
 * where a metric is named.
 *
 * @param emit Passes the event to the run's callbacks.
 * @throws {VptError} When `best` names no metric of the workload.
 */
export function evaluation<Batch, View>(
  { every, quick, best }: EvaluationOptions,
  open: Pick<OpenWorkload<Batch, View>, "evaluate" | "metrics">,
  emit: (event: EvaluateEvent) => Promise<void>,
  now: () => number = Date.now,
): RunCallback {
  const bestMetric = open.metrics.find(({ name }) => name === best);
  if (best !== undefined && !bestMetric)
    throw new VptError(
      `"evaluate.best": no metric "${best}"; expected one of ${open.metrics.map(({ name }) => name).join(", ")}`,
    );
  const interval = secondsOf(every);
  let [last, seconds] = [now(), 0];
  return {
    onMethodStart: async ({ folder, state }) => {
      await truncateLog(pathIn(folder), state.step + 1); // the checkpoint of a step is saved after its evaluation
      seconds = readLog(join(folder, "timings.jsonl")).reduce((sum, line) => sum + Number(line["seconds"]), 0);
      last = now();
    },
    onStep: async ({ method, folder, state, units, seconds: stepSeconds }) => {
      seconds += stepSeconds;
      const isDue = interval === undefined ? state.step % (every as number) === 0 : now() - last >= 1000 * interval;
      if (!isDue) return;
      const { metrics } = await open.evaluate(state.params, {
        quick,
        label: `${method} at step ${state.step}`,
        method,
      });
      appendLog(pathIn(folder), { step: state.step, units: state.step * units, seconds, quick, metrics });
      const isBest =
        bestMetric !== undefined && bestEvaluation(folder, best!, bestMetric.higherIsBetter)?.step === state.step;
      if (isBest)
        await createCheckpoints(join(folder, "checkpoints", "best"), tensorFile, { keep: 1 }).save({
          state,
          data: null,
        });
      await emit({ method, folder, step: state.step, units: state.step * units, seconds, quick, metrics, isBest });
      last = now();
    },
    onCheckpoint: ({ folder }) => flushLog(pathIn(folder)),
  };
}

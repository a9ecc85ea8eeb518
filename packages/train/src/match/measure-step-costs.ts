import * as tf from "@tensorflow/tfjs";
import { disposeStep, disposeUnreferenced, trainStep, VptError, type TrainState } from "@vpt/core";
import { initialState } from "../initial-state.js";
import { firstTaskStep, kindOfStep, updatePeriod, type StepKind, type StepSchedule } from "../step-kinds.js";
import type { MethodPlan, MethodStart } from "../workload.js";
import type { StepCosts } from "./step-costs.js";

/** Steps that are timed at least, after the first period. */
const fewest = 8;
/** Steps of the burn-in that are timed; it may be much longer. */
const timedBurnIn = 4;
/** How often they are timed. */
const rounds = 3;

/** What {@link measureStepCosts} starts from, and the clock, in milliseconds. */
export interface MeasureOptions {
  readonly start: MethodStart;
  readonly seed: number;
  readonly trainable: readonly string[];
  readonly now?: () => number;
}

/**
 * Measures what the steps of methods take side by side, on steps that are thrown away: each method's real schedule and
 * its first batches, from the end of the burn-in to one or more whole periods after the first, from a copy of the
 * start. A first round compiles every graph and is not timed. Then the methods take turns, three rounds of the same
 * steps, and the least time of each step counts: what else the machine does only adds time, and adds it to all methods
 * alike. Loading of batches is left out. The plans' batches are where they were before; their compiled steps are freed.
 *
 * @returns The costs of each plan, in order.
 * @throws {VptError} When the batches run out.
 */
export async function measureStepCosts<Batch, View>(
  plans: readonly MethodPlan<Batch, View>[],
  options: MeasureOptions,
): Promise<StepCosts[]> {
  const window = plans.map(({ step }) => windowOf(step)).reduce((a, b) => (b.to > a.to ? b : a));
  const cursors = plans.map(({ batches }) => batches.state());
  const least = plans.map(() => Array<number>(window.to - window.from).fill(Infinity));
  try {
    for (let round = 0; round <= rounds; round++)
      for (const [i, plan] of plans.entries()) {
        const seconds = await timeSteps(plan, window, options);
        if (round > 0) least[i] = least[i]!.map((best, step) => Math.min(best, seconds[step]!));
        await plan.batches.restore(cursors[i]);
      }
    return plans.map(({ step }, i) => costsOf(least[i]!, step, window));
  } finally {
    for (const { step } of plans) disposeStep(step);
  }
}

/** Steps to time: some of the burn-in, the first period, and from `settled` on whole periods. */
interface Window {
  readonly from: number;
  readonly settled: number;
  readonly to: number;
}

function windowOf(step: StepSchedule): Window {
  const [burnIn, period] = [firstTaskStep(step) ?? 0, updatePeriod(step)];
  const settled = burnIn + period;
  return { from: Math.max(0, burnIn - timedBurnIn), settled, to: settled + period * Math.ceil(fewest / period) };
}

/** The costs from the seconds of each step of the window. */
function costsOf(seconds: readonly number[], schedule: StepSchedule, { from, settled }: Window): StepCosts {
  const timesOf = (kind: StepKind, first: number): number[] =>
    seconds.filter((_, i) => from + i >= first && kindOfStep(from + i, schedule) === kind);
  const [firstUpdate] = timesOf("meta", from);
  const ordinary = timesOf("baseline", from);
  const step = meanOf(seconds.slice(settled - from));
  return {
    burnInSteps: firstTaskStep(schedule) ?? 0,
    burnInStep: ordinary.length > 0 ? meanOf(ordinary) : step,
    firstUpdate: firstUpdate === undefined ? 0 : Math.max(0, firstUpdate - meanOf(timesOf("meta", settled))),
    step,
  };
}

/** Takes steps `from` to `to` and returns the seconds of each; the steps before are skipped with their batches. */
async function timeSteps<Batch, View>(
  plan: MethodPlan<Batch, View>,
  { from, to }: Window,
  { start, now = () => performance.now(), ...initial }: MeasureOptions,
): Promise<number[]> {
  const seconds: number[] = [];
  const draw = async (step: number) => {
    const batch = await plan.batches.next();
    if (batch !== undefined) return batch;
    throw new VptError(
      `match "seconds": the batches ran out at step ${step} of ${to} that time the method; repeat the stream`,
    );
  };
  for (let step = 0; step < from; step++) tf.dispose((await draw(step)) as tf.TensorContainer);
  let state: TrainState = { ...initialState(plan, start, initial), step: from };
  try {
    for (let step = from; step < to; step++) {
      const batch = await draw(step);
      const began = now();
      const { state: next } = await trainStep(state, batch, plan.step).finally(() =>
        tf.dispose(batch as tf.TensorContainer),
      );
      seconds.push((now() - began) / 1000);
      disposeUnreferenced(state, next, start.params);
      state = next;
    }
    return seconds;
  } finally {
    disposeUnreferenced(state, start.params);
    plan.takeMetrics?.();
  }
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

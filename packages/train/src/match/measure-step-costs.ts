import * as tf from "@tensorflow/tfjs";
import { disposeStep, disposeUnreferenced, trainStep, VptError, type TrainState } from "@vpt/core";
import { initialState } from "../initial-state.js";
import { firstTaskStep, kindOfStep, updatePeriod, type StepKind } from "../step-kinds.js";
import type { MethodPlan, MethodStart } from "../workload.js";
import type { StepCosts } from "./step-costs.js";

/** Steps that are timed at least, after the first period. */
const fewest = 16;
/** Steps of the burn-in that are timed; it may be much longer. */
const timedBurnIn = 4;

/** What {@link measureStepCosts} starts from, and the clock, in milliseconds. */
export interface MeasureOptions {
  readonly start: MethodStart;
  readonly seed: number;
  readonly trainable: readonly string[];
  readonly now?: () => number;
}

/**
 * Measures what a method's steps take, on steps that are thrown away: its real schedule and its first batches, from the
 * end of the burn-in to two or more whole periods after the first, from a copy of the start. The steps are taken twice,
 * and only the second time counts: by then every graph is compiled and every shape of batch known. Loading of batches is
 * left out. The plan's batches are where they were before; its compiled step is freed.
 *
 * @throws {VptError} When the batches run out.
 */
export async function measureStepCosts<Batch, View>(
  plan: MethodPlan<Batch, View>,
  options: MeasureOptions,
): Promise<StepCosts> {
  const { batches, step } = plan;
  const burnIn = firstTaskStep(step) ?? 0;
  const period = updatePeriod(step);
  const from = Math.max(0, burnIn - timedBurnIn);
  const to = burnIn + period * (1 + Math.max(2, Math.ceil(fewest / period)));
  const cursor = batches.state();
  try {
    await timeSteps(plan, { from, to }, options);
    await batches.restore(cursor);
    const timed = await timeSteps(plan, { from, to }, options);
    await batches.restore(cursor);
    return {
      burnInSteps: burnIn,
      ...costsOf(timed, (index) => kindOfStep(from + index, step), burnIn - from + period),
    };
  } finally {
    disposeStep(step);
  }
}

/** The costs from the seconds of each step; those from `settled` on are whole periods after the first. */
function costsOf(
  seconds: readonly number[],
  kindOf: (index: number) => StepKind,
  settled: number,
): Omit<StepCosts, "burnInSteps"> {
  const timesOf = (kind: StepKind, first: number): number[] =>
    seconds.filter((_, index) => index >= first && kindOf(index) === kind);
  const [firstUpdate] = timesOf("meta", 0);
  const step = meanOf(seconds.slice(settled));
  const ordinary = timesOf("baseline", 0);
  return {
    burnInStep: ordinary.length > 0 ? meanOf(ordinary) : step,
    firstUpdate: firstUpdate === undefined ? 0 : Math.max(0, firstUpdate - meanOf(timesOf("meta", settled))),
    step,
  };
}

/** Takes steps `from` to `to` and returns the seconds of each; the steps before are skipped with their batches. */
async function timeSteps<Batch, View>(
  plan: MethodPlan<Batch, View>,
  { from, to }: { readonly from: number; readonly to: number },
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

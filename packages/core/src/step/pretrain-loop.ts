import * as tf from "@tensorflow/tfjs";
import { type AllReduce, type BatchSource, type MicroBatches, VptError } from "@vpt/contracts";
import { disposeStep } from "./compiled-functions.js";
import { disposeUnreferenced, type TrainState } from "./train-state.js";
import type { StepMetrics, TrainStepOptions } from "./train-step-options.js";
import { trainStep } from "./train-step.js";

/** A run: how one step is taken, on what, for how long, and what is called along the way. */
export interface VPretrainOptions<Batch, View> extends TrainStepOptions<Batch, View> {
  /** Where to start. The loop takes it over: it frees what it replaces, and returns what it ends with. */
  readonly state: TrainState;
  /** One batch a step, or its micro-batches. */
  readonly batches: BatchSource<Batch | MicroBatches<Batch>>;
  /** Stop when `state.step` reaches this. */
  readonly steps: number;
  /** Called after every step; awaited. `previous` is freed when it returns. */
  readonly onStep?: (metrics: StepMetrics, state: TrainState, previous: TrainState) => void | Promise<void>;
  /** Called every `saveEvery` steps, at the end, and when `signal` stops the run. */
  readonly save?: (state: TrainState, data: unknown) => Promise<void>;
  readonly saveEvery?: number;
  /** Finish the step at hand, save, and return. */
  readonly signal?: AbortSignal;
  /** Give up after this many skipped steps in a row. Default 10. */
  readonly maxSkippedSteps?: number;
}

/**
 * Runs Algorithm 1 as a loop: takes {@link trainStep} on each batch, and calls back for logs and checkpoints. It does
 * not close the batch source.
 *
 * @returns The last state, owned by the caller.
 * @throws {VptError} When too many steps in a row are not finite, or the batches run out before `steps`; both save
 *   first. Whatever a step or a callback throws comes through. The loop then frees the tensors it made.
 * @example
 * ```ts
 * import { createTrainState, vPretrain, warmupCosine } from "@vpt/core";
 *
 * const last = await vPretrain({
 *   ...{ learner, designer, optimizer, value, batches, steps: 100 },
 *   state: createTrainState({ params, designerParams: designer.init(0), optimizer, seed: 0 }),
 *   learningRate: warmupCosine({ peak: 1e-4, steps: 100 }),
 *   onStep: ({ loss }) => console.log(loss),
 * });
 * ```
 * @see arXiv 2601.22108v1, Algorithm 1.
 * @category training
 */
export async function vPretrain<Batch, View>(options: VPretrainOptions<Batch, View>): Promise<TrainState> {
  const { batches, steps, onStep, save, saveEvery = Infinity, signal, allReduce, maxSkippedSteps = 10 } = options;
  let state = options.state;
  let skippedInARow = 0;
  let savedAt = -1;
  const saveNow = async (): Promise<void> => {
    if (!save || savedAt === state.step) return;
    await save(state, batches.state());
    savedAt = state.step;
  };
  const takeStep = async (batch: Batch | MicroBatches<Batch>): Promise<void> => {
    const previous = state;
    const stepped = await trainStep(previous, batch, options);
    state = stepped.state;
    skippedInARow = state.counters.skippedStep > previous.counters.skippedStep ? skippedInARow + 1 : 0;
    try {
      await onStep?.(stepped.metrics, state, previous);
    } finally {
      disposeUnreferenced(previous, state);
    }
  };
  try {
    while (state.step < steps && !(await shouldStop(signal, allReduce))) {
      const batch = await batches.next();
      if (batch === undefined) {
        await saveNow();
        throw new VptError(
          `batches ran out at step ${state.step} of ${steps}: repeat the stream or ask for fewer steps`,
        );
      }
      await takeStep(batch).finally(() => tf.dispose(batch as tf.TensorContainer));
      if (skippedInARow >= maxSkippedSteps) {
        await saveNow();
        throw new VptError(
          `${skippedInARow} steps in a row, up to step ${state.step - 1}, had a loss or gradient that is ` +
            "not finite, no gradient at all, or a spike: " +
            "lower the learning rate or look at the batches; parameters are those of the last good step",
        );
      }
      if (state.step % saveEvery === 0) await saveNow();
    }
    await saveNow();
    return state;
  } catch (error) {
    disposeUnreferenced(state, options.state);
    throw error;
  } finally {
    disposeStep(options);
  }
}

/** Whether the run was stopped, here or in another process: all processes stop after the same step. */
async function shouldStop(signal: AbortSignal | undefined, allReduce: AllReduce | undefined): Promise<boolean> {
  if (signal) await nextMacrotask();
  const isAborted = signal?.aborted === true;
  if (!allReduce) return isAborted;
  const stop = tf.tidy(() => allReduce({ stop: tf.scalar(isAborted ? 1 : 0) }, "stop").stop);
  const [fraction = 0] = await stop.data();
  stop.dispose();
  return fraction > 0;
}

/** Lets timers and signals in: a step on a synchronous backend never leaves the queue of promises. */
const nextMacrotask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

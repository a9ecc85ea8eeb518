import { type BatchSource, type MicroBatches, VptError } from "@vpt/contracts";
import * as tf from "@tensorflow/tfjs";
import { disposeUnreferenced, type TrainState } from "./train-state.js";
import { disposeStep, trainStep, type StepMetrics, type TrainStepOptions } from "./train-step.js";

/** A run: how one step is taken, on what, for how long, and who wants to know. */
export interface VPretrainOptions<Batch, View> extends TrainStepOptions<Batch, View> {
  /** Where to start. The loop frees what it replaces, and returns what it ends with. */
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
  /** Give up after this many steps in a row that were not finite. */
  readonly maxSkippedSteps?: number;
}

/**
 * Algorithm 1 as a loop: batches in, {@link trainStep} on each, a log and checkpoints out.
 *
 * @returns The last state, owned by the caller.
 * @throws {VptError} When too many steps in a row are not finite, or the batches run out before `steps`; both save first. Whatever
 *   a step or a callback throws comes through. The loop then frees the tensors it made.
 * @example
 * ```ts
 * const state = await vPretrain({ state: createTrainState({ params, optimizer, seed: 0 }), batches, steps: 100, learner, designer, optimizer,
 *   learningRate: warmupCosine({ peak: 1e-4, steps: 100 }), onStep: ({ loss }) => console.log(loss) });
 * ```
 * @see arXiv 2601.22108v1, Algorithm 1.
 * @category training
 */
export async function vPretrain<Batch, View>(options: VPretrainOptions<Batch, View>): Promise<TrainState> {
  const {
    batches,
    steps,
    onStep,
    save,
    saveEvery = Infinity,
    signal,
    maxSkippedSteps: maximumSkippedSteps = 10,
  } = options;
  let state = options.state;
  /** All processes stop at the same step: the first that is told to tells the others. */
  const isTold = async (): Promise<boolean> => {
    if (signal) await turnOfTheLoop();
    const isAborted = signal?.aborted === true;
    if (!options.allReduce) return isAborted;
    const told = tf.tidy(() => options.allReduce!({ stop: tf.scalar(isAborted ? 1 : 0) }, "stop").stop);
    const [share = 0] = await told.data();
    told.dispose();
    return share > 0;
  };
  let skippedInARow = 0;
  let savedAt = -1;
  const saveNow = async (): Promise<void> => {
    if (!save || savedAt === state.step) return;
    await save(state, batches.state());
    savedAt = state.step;
  };
  try {
    while (state.step < steps && !(await isTold())) {
      const batch = await batches.next();
      if (batch === undefined) {
        await saveNow();
        throw new VptError(
          `batches ran out at step ${state.step} of ${steps}: repeat the stream or ask for fewer steps`,
        );
      }
      try {
        const previous = state;
        const stepped = await trainStep(previous, batch, options);
        state = stepped.state;
        skippedInARow = state.counters.skippedStep > previous.counters.skippedStep ? skippedInARow + 1 : 0;
        try {
          await onStep?.(stepped.metrics, state, previous);
        } finally {
          disposeUnreferenced(previous, state);
        }
      } finally {
        tf.dispose(batch as tf.TensorContainer);
      }
      if (skippedInARow >= maximumSkippedSteps) {
        await saveNow();
        throw new VptError(
          `${skippedInARow} steps in a row, up to step ${state.step - 1}, had a loss or gradient that is not finite, no gradient at all, or a spike: ` +
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

/** Lets timers and signals in: a step on a backend that answers at once never leaves the queue of promises. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

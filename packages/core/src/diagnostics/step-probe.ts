import type { Optimizer } from "../optim/adam-w.js";
import type { MicroBatches, Params } from "@vpt/contracts";
import { cloneParams, pick } from "@vpt/contracts/tensors";
import type { ProbeInputs, ProbeResult } from "./probe.js";
import { disposeUnreferenced, type TrainState } from "../step/train-state.js";
import { disposeStep } from "../step/compiled-functions.js";
import { trainStep } from "../step/train-step.js";
import type { StepMetrics, TrainStepOptions } from "../step/train-step-options.js";
import { probeUpdates } from "./probe-updates.js";
import { gradientSteps } from "./probe-learning-rates.js";

/** Predicted and realised decreases of steps from one state. */
export interface StepProbeResult {
  /** The step of the run's own optimizer, clipped as in the run. */
  readonly taken: ProbeResult;
  /** SGD steps `Δθ = −η·g_pre` on the same task, one a rate. */
  readonly rates: readonly ProbeResult[];
  /** ‖g_pre‖ before clipping. */
  readonly gradientNorm: number;
  /**
   * `−⟨ḡ_down, Δθ⟩` of the step taken, by the feedback's own estimate of g_down; not there before the first feedback.
   */
  readonly byFeedback?: number;
}

/** Probes of the steps that `options` would take. */
export interface StepProbe<Batch> {
  /** Leaves state and batch alone, and no tensor behind. Undefined when the step would have been skipped. */
  measure(state: TrainState, batch: Batch | MicroBatches<Batch>): Promise<StepProbeResult | undefined>;
  /**
   * Takes a {@link trainStep} and probes it, so that a run that is probed takes each step once. The caller owns the
   * next state.
   */
  takeStep(
    state: TrainState,
    batch: Batch | MicroBatches<Batch>,
  ): Promise<{
    readonly state: TrainState;
    readonly metrics: StepMetrics;
    readonly probed: StepProbeResult | undefined;
  }>;
  /** Frees what was compiled. */
  dispose(): void;
}

/** The tensors of one probed step, over all trained parameters; the probe frees what is its own. */
export interface StepGradients {
  /** Where the step starts. */
  readonly state: TrainState;
  /** The parameters after the step of the run's own optimizer. */
  readonly after: Params;
  /** `g_pre`, of the task that the step had, before clipping. */
  readonly pretraining: Params;
  /** `∇_θ` of the downstream loss. */
  readonly downstream: Params;
}

/** Inputs of {@link createStepProbe}. */
export interface StepProbeInputs extends Pick<ProbeInputs, "downstream"> {
  /** η of the SGD steps. */
  readonly rates: readonly number[];
  /** Called with the tensors of each probed step, for further diagnostics; they are freed when it resolves. */
  readonly inspect?: (step: StepGradients) => void | Promise<void>;
}

/**
 * Makes the one-step probe for any state of a run. It computes the task that `options` give the learner on a batch,
 * then the first-order and the realised decrease of the downstream loss, for SGD steps of several sizes and for the
 * run's own step. `measure` changes nothing in the state.
 *
 * @example
 * ```ts
 * import { createStepProbe, type Params } from "@vpt/core";
 * import { nextTokenTask } from "@vpt/lang";
 *
 * const downstream = (at: Params) => learner.loss(at, batch, () => nextTokenTask(batch));
 * const probe = createStepProbe(options, { downstream, rates: [0.01, 0.1, 0.5] });
 * const pairs = (await probe.measure(state, batch))?.rates;
 * probe.dispose();
 * ```
 * @see arXiv 2601.22108v1, equation 13 and appendix A.6; v2, equation 35. Differs: several rates, and the AdamW step
 *   beside them.
 * @category diagnostics
 */
export function createStepProbe<Batch, View>(
  options: TrainStepOptions<Batch, View>,
  { downstream, rates, inspect }: StepProbeInputs,
): StepProbe<Batch> {
  const { skipStep: _, ...own } = options; // a guard remembers what it is asked
  const bare = { ...own, optimizer: gradientAsParams(options.optimizer), clipNorm: Infinity };
  const probed = probeUpdates(downstream, options.compile);
  const step: StepProbe<Batch>["takeStep"] = async (state, batch) => {
    const stepped = await trainStep(state, batch, own);
    const { state: next, metrics } = stepped;
    try {
      if (wasSkipped(state, next)) return { ...stepped, probed: undefined };
      const gradient = await gradientAt(state, batch);
      if (!gradient) return { ...stepped, probed: undefined };
      const [taken, ...pairs] = await probed
        .evaluate(state.params, movesOf(state, next, gradient, rates), (slope) =>
          inspect?.({
            state,
            after: trained(state, next),
            pretraining: trained(state, gradient),
            downstream: slope,
          }),
        )
        .finally(() => disposeUnreferenced(gradient, state));
      const { predictedDecrease, gradientNorm } = metrics;
      const byFeedback = predictedDecrease === undefined ? {} : { byFeedback: predictedDecrease };
      return { ...stepped, probed: { taken: taken!, rates: pairs, gradientNorm: gradientNorm!, ...byFeedback } };
    } catch (error) {
      disposeUnreferenced(next, state);
      throw error;
    }
  };
  /** The state whose "parameters" are the gradient; undefined where its step is skipped. */
  const gradientAt = async (state: TrainState, batch: Batch | MicroBatches<Batch>): Promise<TrainState | undefined> => {
    const { state: next } = await trainStep(state, batch, bare);
    if (!wasSkipped(state, next)) return next;
    disposeUnreferenced(next, state);
    return undefined;
  };
  return {
    takeStep: step,
    async measure(state, batch) {
      const { state: next, probed } = await step(state, batch);
      disposeUnreferenced(next, state);
      return probed;
    },
    dispose() {
      disposeStep(own);
      disposeStep(bare);
      probed.dispose();
    },
  };
}

/**
 * A rule whose "new parameters" are the gradient itself: one step of it gives `g_pre` of the task that the step would
 * have had.
 */
const gradientAsParams = (optimizer: Optimizer): Optimizer => ({
  ...optimizer,
  traceable: {
    ...optimizer.traceable,
    update: (_, gradients, { first, second }) => ({
      params: cloneParams(gradients),
      moments: { first: cloneParams(first), second: cloneParams(second) },
    }),
  },
});

const trained = (state: TrainState, next: TrainState): Params => pick(next.params, Object.keys(state.optimizer.first));

const wasSkipped = (state: TrainState, next: TrainState): boolean =>
  next.counters.skippedStep > state.counters.skippedStep;

/** The step taken, then the SGD steps. */
function* movesOf(
  state: TrainState,
  next: TrainState,
  gradient: TrainState,
  rates: readonly number[],
): Generator<Params> {
  yield trained(state, next);
  yield* gradientSteps(state.params, trained(state, gradient), rates);
}

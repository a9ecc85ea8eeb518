import type { Optimizer } from "../adam-w.js";
import type { MicroBatches, Params } from "../contracts.js";
import { mapParams, pick } from "../params.js";
import { probe, type ProbeInputs, type ProbeResult } from "../probe.js";
import { disposeReplaced, type TrainState } from "../train-state.js";
import { disposeStep, trainStep, type TrainStepOptions } from "../train-step.js";
import { probeRates } from "./probe-rates.js";

/** What a step from one state was worth. */
export interface StepProbeResult {
  /** The step of the run's own optimizer, clipped as in the run. */
  readonly taken: ProbeResult;
  /** SGD steps `Δθ = −η·g_pre` on the same task, one a rate. */
  readonly rates: readonly ProbeResult[];
  /** ‖g_pre‖ before clipping. */
  readonly gradientNorm: number;
  /** `−⟨ḡ_down, Δθ⟩` of the step taken, by the feedback's own estimate of g_down; not there before the first feedback. */
  readonly byFeedback?: number;
}

/** Probes of the steps that `options` would take. */
export interface StepProbe<Batch> {
  /** Leaves state and batch alone, and no tensor behind. Undefined when the step would have been skipped. */
  at(state: TrainState, batch: Batch | MicroBatches<Batch>): Promise<StepProbeResult | undefined>;
  /** Frees what was compiled. */
  dispose(): void;
}

/** What {@link stepProbe} measures, and where. */
export interface StepProbeInputs extends Pick<ProbeInputs, "downstream"> {
  /** η of the SGD steps. */
  readonly rates: readonly number[];
}

/**
 * The one-step probe at any state of a run: the task that `options` would give the learner on a batch, then the first-order and the
 * realised decrease of the downstream loss, for SGD steps of several sizes and for the step really taken. Nothing of the state moves.
 *
 * @example
 * ```ts
 * const probed = stepProbe(options, { downstream, rates: [0.01, 0.1, 0.5] });
 * const pairs = (await probed.at(state, batch))?.rates;
 * ```
 * @see arXiv 2601.22108v1, equation 13 and appendix A.6; v2, equation 35. Differs: several rates, and the AdamW step beside them.
 * @category diagnostics
 */
export function stepProbe<Batch, View>(
  options: TrainStepOptions<Batch, View>,
  { downstream, rates }: StepProbeInputs,
): StepProbe<Batch> {
  const { skipStep: _, ...own } = options; // a guard remembers what it is asked
  const bare = { ...own, optimizer: gradientAsParams(options.optimizer), clipNorm: Infinity };
  const after = async <Result>(
    state: TrainState,
    batch: Batch | MicroBatches<Batch>,
    how: TrainStepOptions<Batch, View>,
    look: (moved: Params, metrics: Readonly<Record<string, number>>) => Promise<Result>,
  ): Promise<Result | undefined> => {
    const { state: next, metrics } = await trainStep(state, batch, how);
    try {
      if (next.counts.skippedStep > state.counts.skippedStep) return undefined;
      return await look(pick(next.params, Object.keys(state.optimizer.first)), metrics);
    } finally {
      disposeReplaced(next, state);
    }
  };
  return {
    async at(state, batch) {
      const before = state.params;
      const step = await after(state, batch, own, async (moved, { predictedDecrease, gradientNorm }) => ({
        taken: await probe({ downstream, before, after: moved }),
        gradientNorm: gradientNorm!,
        ...(predictedDecrease !== undefined && { byFeedback: predictedDecrease }),
      }));
      const pairs = await after(state, batch, bare, (gradient) => probeRates({ downstream, before, gradient, rates }));
      return step && pairs && { ...step, rates: pairs };
    },
    dispose() {
      disposeStep(own);
      disposeStep(bare);
    },
  };
}

/** A rule whose "new parameters" are the gradient itself: one step of it gives `g_pre` of the task that the step would have had. */
const gradientAsParams = (optimizer: Optimizer): Optimizer => ({
  ...optimizer,
  inTensors: {
    ...optimizer.inTensors,
    update: (_, gradients, { first, second }) => ({
      params: mapParams(gradients, (tensor) => tensor.clone()),
      moments: {
        first: mapParams(first, (tensor) => tensor.clone()),
        second: mapParams(second, (tensor) => tensor.clone()),
      },
    }),
  },
});

import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { mapParams } from "@vpt/contracts/tensors";
import type { ProbeInputs, ProbeResult } from "./probe.js";
import { probeUpdates } from "./probe-updates.js";

/** Inputs of {@link probeLearningRates}. */
export interface ProbeLearningRatesInputs extends Pick<ProbeInputs, "downstream" | "before"> {
  /** `g_pre`: the learner's gradient on its next batch; its names are the parameters that move. */
  readonly gradient: Params;
  /** η of each SGD step `Δθ = −η·g_pre`. */
  readonly rates: readonly number[];
}

/**
 * Runs the probe at several step sizes from one gradient: `η·⟨g_down, g_pre⟩` beside `L_down(θ) − L_down(θ − η·g_pre)`
 * for each η.
 *
 * @returns One pair a rate, in the order given. The tensors given are left alone.
 * @example
 * ```ts
 * import { probeLearningRates, type Params } from "@vpt/core";
 * import { nextTokenTask } from "@vpt/lang";
 *
 * const downstream = (at: Params) => learner.loss(at, batch, () => nextTokenTask(batch));
 * const rates = [0.01, 0.1, 0.5];
 * const pairs = await probeLearningRates({ downstream, before: params, gradient: gradients, rates });
 * ```
 * @see arXiv 2601.22108v1, equation 13 and appendix A.6. Differs: several rates, since r falls as the step grows.
 * @category diagnostics
 */
export const probeLearningRates = ({
  downstream,
  before,
  gradient,
  rates,
}: ProbeLearningRatesInputs): Promise<ProbeResult[]> =>
  probeUpdates(downstream).evaluate(before, gradientSteps(before, gradient, rates));

/** `θ − η·g` for each η, made when it is asked for and freed before the next. */
export function* gradientSteps(before: Params, gradient: Params, rates: readonly number[]): Generator<Params> {
  for (const rate of rates) {
    const after = tf.tidy(() => mapParams(gradient, (tensor, name) => before[name]!.sub(tensor.mul(rate))));
    try {
      yield after;
    } finally {
      tf.dispose(after);
    }
  }
}

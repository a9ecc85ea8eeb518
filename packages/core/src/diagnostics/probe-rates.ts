import * as tf from "@tensorflow/tfjs";
import type { Params } from "../contracts.js";
import { innerProduct, mapParams, pick } from "../params.js";
import type { ProbeInputs, ProbeResult } from "../probe.js";

/** What {@link probeRates} looks at. */
export interface ProbeRatesInputs extends Pick<ProbeInputs, "downstream" | "before"> {
  /** `g_pre`: the learner's gradient on its next batch; its names are the parameters that move. */
  readonly gradient: Params;
  /** η of each SGD step `Δθ = −η·g_pre`. */
  readonly rates: readonly number[];
}

/**
 * The probe at several step sizes from one gradient: `η·⟨g_down, g_pre⟩` beside `L_down(θ) − L_down(θ − η·g_pre)` for each η.
 *
 * @returns One pair a rate, in the order given. The tensors given are left alone.
 * @example
 * ```ts
 * const pairs = await probeRates({ downstream, before: params, gradient, rates: [0.01, 0.1, 0.5] });
 * ```
 * @see arXiv 2601.22108v1, equation 13 and appendix A.6. Differs: several rates, since r falls as the step grows.
 * @category diagnostics
 */
export async function probeRates({ downstream, before, gradient, rates }: ProbeRatesInputs): Promise<ProbeResult[]> {
  const names = Object.keys(gradient);
  const read = tf.tidy(() => {
    const moved = pick(before, names);
    const lossOf = (...tensors: tf.Tensor[]): tf.Scalar =>
      downstream({ ...before, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) });
    const { value, grads } = tf.valueAndGrads(lossOf)(Object.values(moved));
    const slope = innerProduct(Object.fromEntries(names.map((name, i) => [name, grads[i]!])), gradient);
    const after = (rate: number): tf.Scalar =>
      downstream({ ...before, ...mapParams(moved, (tensor, name) => tensor.sub(gradient[name]!.mul(rate))) });
    return tf.stack([value, slope, ...rates.map((rate) => value.sub(after(rate)))]);
  });
  const [loss, slope, ...realised] = await read.data();
  read.dispose();
  return rates.map((rate, i) => ({ loss: loss!, predicted: rate * slope!, realised: realised[i]! }));
}

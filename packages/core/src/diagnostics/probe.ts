import type * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/contracts";
import { probeUpdates } from "./probe-updates.js";

/** One pair of the probe: the predicted and the realised decrease. */
export interface ProbeResult {
  /** `L_down(θ)`, before the step. */
  readonly loss: number;
  /** `−⟨g_down, Δθ⟩`; for an SGD step `Δθ = −η·g_pre` this is `η·V`. */
  readonly predicted: number;
  /** `L_down(θ) − L_down(θ + Δθ)`. */
  readonly realised: number;
}

/** Inputs of {@link probe}. */
export interface ProbeInputs {
  /** The downstream loss on probe data that is never used as feedback. Differentiable in `params`. */
  readonly downstream: (params: Params) => tf.Scalar;
  readonly before: Params;
  /** The parameters after the step; only those that moved need be given. */
  readonly after: Params;
}

/**
 * Compares the first-order decrease of the downstream loss over one step with the realised decrease, to test whether
 * the value predicts it.
 *
 * @example
 * ```ts
 * import { probe, trainStep, type Params } from "@vpt/core";
 * import { nextTokenTask } from "@vpt/lang";
 *
 * const downstream = (at: Params) => learner.loss(at, batch, () => nextTokenTask(batch));
 * const { state: next } = await trainStep(state, batch, options);
 * const { predicted, realised } = await probe({ downstream, before: state.params, after: next.params });
 * ```
 * @see arXiv 2601.22108v1, appendix A.6 (r = 0.657 there). Differs: any step, so also the AdamW step really taken (v2
 *   eq. 35).
 */
export async function probe({ downstream, before, after }: ProbeInputs): Promise<ProbeResult> {
  const [pair] = await probeUpdates(downstream).evaluate(before, [after]);
  return pair!;
}

/**
 * Computes the Pearson correlation of the pairs with its 95 % interval by Fisher's z, `tanh(artanh r ± 1.96/√(n−3))`.
 * With fewer than four pairs, or no spread, the interval is [−1, 1].
 *
 * @example
 * ```ts
 * import { pearson } from "@vpt/core";
 *
 * const pairs = [1, 2, 3, 4, 5].map((x) => ({ predicted: x, realised: x + (x % 2) })); // results of probe()
 * const { r, ci95 } = pearson(pairs); // r = 0.94
 * ```
 * @see arXiv 2601.22108v1, appendix A.6.
 */
export function pearson(pairs: readonly Pick<ProbeResult, "predicted" | "realised">[]): {
  r: number;
  ci95: readonly [number, number];
} {
  const mean = (of: (pair: Pick<ProbeResult, "predicted" | "realised">) => number): number =>
    pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const [mx, my] = [mean((p) => p.predicted), mean((p) => p.realised)];
  const sum = (of: (dx: number, dy: number) => number): number =>
    pairs.reduce((total, p) => total + of(p.predicted - mx, p.realised - my), 0);
  const spread = Math.sqrt(sum((dx) => dx * dx) * sum((_, dy) => dy * dy));
  const r = spread === 0 ? 0 : Math.max(-1, Math.min(1, sum((dx, dy) => dx * dy) / spread));
  if (pairs.length < 4 || spread === 0) return { r, ci95: [-1, 1] };
  const half = 1.96 / Math.sqrt(pairs.length - 3);
  return { r, ci95: [Math.tanh(Math.atanh(r) - half), Math.tanh(Math.atanh(r) + half)] };
}

import * as tf from "@tensorflow/tfjs";
import { alignedSubsetGap, pick, realizedDecrease, type StepGradients } from "@vpt/core";

/** The value over all trained parameters beside the value over the aligned subset, as `alignedSubsetGap`. */
export interface SubsetGap {
  /** V. */
  readonly value: number;
  /** V_S. */
  readonly subsetValue: number;
  /** `‖g_down,S̄‖·‖g_pre,S̄‖ ≥ |V − V_S|`. */
  readonly bound: number;
  /** `‖g_down,S‖²/‖g_down‖²`. */
  readonly downstreamShare: number;
  /** `‖g_pre,S‖²/‖g_pre‖²`. */
  readonly pretrainingShare: number;
}

/** What one probed step says beside its decreases. */
export interface StepDiagnostics {
  /** `−⟨g_down,S, Δθ_S⟩` of the step taken; over all trained parameters where there is no subset. */
  readonly predictedDecrease: number;
  /** Equation 20; undefined where there is no subset. */
  readonly gap?: SubsetGap;
}

/**
 * Computes the numbers of one probed step that need its gradients.
 *
 * @param subset Names of the aligned subset S; undefined for a method without a value.
 * @see arXiv 2601.22108v1, equation 20; v2, equation 35.
 */
export async function stepDiagnostics(
  { state, after, pretraining, downstream }: StepGradients,
  subset: readonly string[] | undefined,
): Promise<StepDiagnostics> {
  const numbers = tf.tidy(() => {
    const aligned = pick(downstream, subset ?? Object.keys(downstream));
    const predicted = realizedDecrease(aligned, state.params, after);
    if (!subset) return tf.stack([predicted]);
    const { value, subsetValue, bound, ...shares } = alignedSubsetGap(downstream, pretraining, subset);
    return tf.stack([predicted, value, subsetValue, bound, shares.downstreamShare, shares.pretrainingShare]);
  });
  const [predictedDecrease = NaN, ...rest] = await numbers.data();
  numbers.dispose();
  if (!subset) return { predictedDecrease };
  const [value, subsetValue, bound, downstreamShare, pretrainingShare] = rest as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { predictedDecrease, gap: { value, subsetValue, bound, downstreamShare, pretrainingShare } };
}

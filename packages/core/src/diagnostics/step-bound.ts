import { VptError } from "@vpt/contracts";

/** One SGD step `θ⁺ = θ − η·g_pre`, in numbers. */
export interface StepBoundInputs {
  /** η. */
  readonly learningRate: number;
  /** `V = ⟨g_down, g_pre⟩` at θ. */
  readonly value: number;
  /** `‖g_pre‖`. */
  readonly gradientNorm: number;
  /** `L_down(θ) − L_down(θ⁺)`. */
  readonly realised: number;
  /** Smoothness L of the downstream loss, if it is known: by default the curvature along this step. */
  readonly smoothness?: number;
}

/** The bound of theorem 3.1 for one step. */
export interface StepBound {
  /** `L̂ = 2·(ηV − realised)/(η²‖g_pre‖²)`: the curvature along the step; may be negative. */
  readonly curvature: number;
  /** `ηV − (Lη²/2)·‖g_pre‖²`: the decrease that L guarantees. */
  readonly guaranteed: number;
  /**
   * `2V/(L‖g_pre‖²)`: at larger η the bound promises nothing; half of it maximises the bound. Infinite where L ≤ 0 < V,
   * 0 where V ≤ 0.
   */
  readonly largestRate: number;
}

/**
 * Computes the bound of theorem 3.1 for one step: `L_down(θ) − L_down(θ⁺) ≥ ηV − (Lη²/2)‖g_pre‖²` for an L-smooth
 * downstream loss. L of a network is unknown; the curvature measured along the step estimates it. With the largest
 * curvature so far, the bound holds for the steps measured and proves nothing for later ones.
 *
 * @throws {VptError} When the rate or the norm is not positive.
 * @example
 * ```ts
 * import { stepBound } from "@vpt/core";
 *
 * const step = { learningRate: 0.1, value: 2, gradientNorm: 1, realised: 0.15 };
 * const { guaranteed } = stepBound({ ...step, smoothness: 4 }); // 0.18
 * ```
 * @see arXiv 2601.22108v1, theorem 3.1, equation 16.
 * @category diagnostics
 */
export function stepBound({ learningRate, value, gradientNorm, realised, smoothness }: StepBoundInputs): StepBound {
  const squared = (learningRate * gradientNorm) ** 2;
  if (!(learningRate > 0) || !(gradientNorm > 0)) {
    throw new VptError(
      `stepBound: expected a positive learning rate and gradient norm, received ${learningRate} and ${gradientNorm}`,
    );
  }
  const curvature = (2 * (learningRate * value - realised)) / squared;
  const bend = smoothness ?? curvature;
  const reach = (2 * value) / (bend * gradientNorm ** 2);
  return {
    curvature,
    guaranteed: learningRate * value - (bend / 2) * squared,
    largestRate: value <= 0 ? 0 : bend <= 0 ? Infinity : reach,
  };
}

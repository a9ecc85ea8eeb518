/** One kind of gradient over several batches, after the preconditioner P: `a = P·g`. */
export interface GradientKind {
  /** Mean of ‖a‖². */
  readonly square: number;
  /** ‖mean of a‖². */
  readonly meanSquare: number;
  /** Mean of ⟨a, the labels' a⟩ on the same batch. */
  readonly withLabels: number;
  /** ⟨g_down of held-out rows, mean of a⟩: what a step of it gains, per unit of rate. */
  readonly gain: number;
}

/** What AdamW, whose steps are about equally long whatever the gradient, gets of a gradient. */
export interface StepGain {
  /** Share of ‖a‖² that is the same on every batch: 1 is no noise, 1/B none but noise on B batches. */
  readonly repeats: number;
  /** Gain a unit of step length, `gain/√(mean ‖a‖²)`. */
  readonly perStep: number;
}

/** The gain of one kind alone. */
export const stepGain = ({ square, meanSquare, gain }: Omit<GradientKind, "withLabels">): StepGain => ({
  repeats: meanSquare / square,
  perStep: gain / Math.sqrt(square),
});

/** Gain a unit of step length of `(1−α)·labels + α·steering`: the learner's gradient at gate α. */
export function mixtureGain(labels: GradientKind, steering: GradientKind, gate: number): number {
  const rest = 1 - gate;
  const square = rest ** 2 * labels.square + 2 * rest * gate * steering.withLabels + gate ** 2 * steering.square;
  return (rest * labels.gain + gate * steering.gain) / Math.sqrt(square);
}

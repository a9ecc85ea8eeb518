/** What the steps of a method take: seconds without loading of data and without compilation. */
export interface StepCosts {
  /** Ordinary steps before the first task of the method's own. */
  readonly burnInSteps: number;
  /** Mean seconds of such a step. */
  readonly burnInStep: number;
  /** What the first update of the designer takes more than a later one: the first feedback batches are more. */
  readonly firstUpdate: number;
  /** Mean of a step from then on, over whole periods of `updateEvery`: feedback, value, designer and task included. */
  readonly step: number;
}

/** Computes the seconds that the first `steps` steps take. */
export function secondsOfSteps({ burnInSteps, burnInStep, firstUpdate, step }: StepCosts, steps: number): number {
  const own = Math.max(0, steps - burnInSteps);
  return (steps - own) * burnInStep + (own > 0 ? firstUpdate + own * step : 0);
}

/** Computes the largest number of steps that take at most `seconds`. */
export function stepsInSeconds({ burnInSteps, burnInStep, firstUpdate, step }: StepCosts, seconds: number): number {
  const left = seconds - burnInSteps * burnInStep - firstUpdate;
  if (left >= step) return burnInSteps + Math.floor(left / step);
  return Math.min(burnInSteps, Math.floor(seconds / burnInStep));
}

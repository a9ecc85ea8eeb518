import { isMetaStep, valueDefaults, type MetaSchedule } from "@vpt/core";

/** What of a step's options says which kind of step comes when. */
export interface StepSchedule {
  readonly value?: MetaSchedule | undefined;
  readonly startDesigningAt?: number | undefined;
}

/** A step of the ordinary objective, one that updates the designer, or one that only takes a designed task. */
export type StepKind = "baseline" | "meta" | "design";

/** The first step whose task is the designer's; undefined for a method that only ever takes the ordinary one. */
export const firstTaskStep = ({ value, startDesigningAt }: StepSchedule): number | undefined =>
  value ? (value.burnInSteps ?? valueDefaults.burnInSteps) : startDesigningAt;

/** Steps from one update of the designer to the next; 1 for a method without updates. */
export const updatePeriod = ({ value }: StepSchedule): number =>
  value ? (value.updateEvery ?? valueDefaults.updateEvery) : 1;

/** Returns the kind of step `step`: steps of one kind do the same work. */
export function kindOfStep(step: number, schedule: StepSchedule): StepKind {
  if (step < (firstTaskStep(schedule) ?? Infinity)) return "baseline";
  return schedule.value && isMetaStep(step, schedule.value) ? "meta" : "design";
}

import type { LogRecord } from "@vpt/core/run";
import { kindOfStep, type StepKind, type StepSchedule } from "./step-kinds.js";

/**
 * Computes the seconds that a method trained, from `timings.jsonl`: without waiting for batches, and as if every graph
 * had been compiled before. A step that compiled one (`compiled`) counts as the mean of the method's others of its
 * kind. The first update of the designer is such a step; what its first feedback batches took is `firstUpdate`.
 */
export function trainingSeconds(timings: readonly LogRecord[], schedule: StepSchedule, firstUpdate = 0): number {
  const steps = timings.map((line) => ({
    kind: kindOfStep(line.step, schedule),
    isCompiled: line["compiled"] === true,
    seconds: Number(line["seconds"]) - (Number(line["dataSeconds"]) || 0),
  }));
  const first = steps.find(({ kind }) => kind === "meta");
  const warm = steps.filter(({ isCompiled }) => !isCompiled);
  const usual = (kind: StepKind): number => {
    const alike = [warm.filter((step) => step.kind === kind), warm, steps].find(({ length }) => length > 0)!;
    return alike.reduce((sum, { seconds }) => sum + seconds, 0) / alike.length;
  };
  const kinds: readonly StepKind[] = ["baseline", "meta", "design"];
  const means = new Map(steps.length > 0 ? kinds.map((kind) => [kind, usual(kind)]) : []);
  const all = steps.reduce((sum, { kind, isCompiled, seconds }) => sum + (isCompiled ? means.get(kind)! : seconds), 0);
  return all + (first?.isCompiled ? firstUpdate : 0);
}

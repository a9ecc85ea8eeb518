import { join } from "node:path";
import { readLog } from "@vpt/core/run";
import type { EqualStepScores } from "../run-summary.js";

/**
 * Returns the last evaluation during the run that two methods' folders have of the same step and the same size;
 * undefined where they have none.
 */
export function equalStepScores(folder: string, baselineFolder: string): EqualStepScores | undefined {
  const [own, baseline] = [folder, baselineFolder].map((each) => readLog(join(each, "evaluations.jsonl")));
  for (const { step, quick, metrics } of own!.toReversed()) {
    const other = baseline!.find((line) => line.step === step && line["quick"] === quick);
    if (!other) continue;
    return {
      step,
      quick: quick === true,
      metrics: metrics as EqualStepScores["metrics"],
      baseline: other["metrics"] as EqualStepScores["baseline"],
    };
  }
  return undefined;
}

import type { EvaluationRecord } from "@vpt/eval";
import { subjects } from "@vpt/eval/mmlu";
import { meanOfEstimates } from "@vpt/eval/statistics";
import type { Score } from "./language-rows.js";

/**
 * Computes both means that papers report of MMLU: over questions, as lm-evaluation-harness does, and over subjects,
 * each of which then weighs the same.
 */
export function mmluScores({ headline, metrics, groups, n }: EvaluationRecord): Record<string, Score> {
  const names = new Set<string>(Object.values(subjects).flat());
  const bySubject = Object.entries(groups).flatMap(([name, estimate]) => (names.has(name) ? [estimate] : []));
  const scoreOf = ({ value, ci95 }: Pick<Score, "value" | "ci95">): Score => ({ value, ci95, n });
  return {
    "MMLU, item mean": scoreOf(metrics[headline]!),
    "MMLU, subject mean": scoreOf(meanOfEstimates(bySubject)),
  };
}

import { describeRun } from "./describe-run.js";
import { describeEvaluation } from "./finish-evaluation.js";
import { readEvaluations } from "./read-evaluations.js";
import { isRunFolder, readRun } from "./read-run.js";

/** What a folder holds, for a terminal and for `--json`. */
export interface DescribedFolder {
  readonly text: string;
  /** The summary of a run, or the records of evaluations without their items. */
  readonly summaries: readonly object[];
}

/**
 * Describes the run or the evaluations in a folder as a few lines.
 *
 * @throws {VptError} When it holds neither.
 * @example
 * ```ts
 * import { describeFolder } from "@vpt/report";
 * console.log(describeFolder("runs/quickstart").text);
 * ```
 */
export function describeFolder(folder: string): DescribedFolder {
  const evaluations = isRunFolder(folder) ? [] : readEvaluations(folder);
  if (evaluations.length === 0) {
    const { summary } = readRun(folder);
    return { text: describeRun(summary), summaries: [summary] };
  }
  return {
    text: evaluations.map(({ record }) => describeEvaluation(record)).join("\n\n"),
    summaries: evaluations.map(({ record }) => {
      const { perItem: _, ...summary } = record;
      return summary;
    }),
  };
}

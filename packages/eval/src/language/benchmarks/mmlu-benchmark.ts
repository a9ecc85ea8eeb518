import { EvalInputError } from "../../errors.js";
import { evaluateChoices } from "../../runner/runners.js";
import { mmluTask, summarize, type MmluItem, type MmluStyle } from "../mmlu.js";
import { mmluItem } from "../rows.js";
import {
  needed,
  readOptions,
  splitOf,
  type BenchmarkOptions,
  type OpenBenchmark,
  type RowSource,
} from "./open-benchmark.js";

/** Options of {@link openMmlu}. */
export interface MmluOptions extends BenchmarkOptions {
  readonly style?: MmluStyle | undefined;
  /** Solved rows of the question's subject shown first; default 0. */
  readonly shots?: number | undefined;
  /** Where they come from, in its order; `rows` by default where it has a dev split. */
  readonly dev?: RowSource | undefined;
}

/**
 * Opens MMLU, which is answered by the log-likelihoods of its letters.
 *
 * @throws {EvalInputError} When shots are asked for and there are no dev rows.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openMmlu } from "@vpt/eval/benchmarks";
 * import { choiceScorer } from "@vpt/lang/evaluation";
 *
 * const mmlu = await openMmlu({ rows: benchmarkRows("cais/mmlu"), shots: 5 });
 * const { details } = await mmlu.run({ choiceScorer: choiceScorer(model) });
 * details.macroOverSubjects;
 * ```
 * @category benchmarks
 */
export async function openMmlu(options: MmluOptions): Promise<OpenBenchmark> {
  const { rows, split, style = "lm-eval" } = options;
  const demonstrationsOf = await devRows(options);
  const items = await rows.read(mmluItem, readOptions(options));
  const task = mmluTask({ style, ...(demonstrationsOf && { demonstrationsOf }) });
  return {
    async run({ choiceScorer }, run = {}) {
      const record = await evaluateChoices(task, items, needed("mmlu", "choiceScorer", choiceScorer), run);
      const results = record.perItem.map(({ correct }, i) => ({ subject: items[i]!.subject, correct }));
      const details = { data: rows.name, macroOverSubjects: summarize(results, style).macro };
      return { record, split: splitOf(rows, split), details };
    },
  };
}

async function devRows({ rows, shots = 0, dev }: MmluOptions) {
  if (shots === 0) return undefined;
  const source = dev ?? (rows.hasSplits ? rows : undefined);
  if (source === undefined)
    throw new EvalInputError({
      where: "mmlu: dev",
      expected: "the dev rows that shots are taken from",
      received: "none",
    });
  const solved: readonly MmluItem[] = await source.read(mmluItem, { split: "dev" });
  return (subject: string) => solved.filter((row) => row.subject === subject).slice(0, shots);
}

import { evaluate } from "../../runner/evaluate.js";
import { EvalInputError } from "../../errors.js";
import { numberChoiceItem, numberChoiceTask, scoreNumberChoices, type NumberChoiceItem } from "../choices/choices.js";
import { fitDigitCalibration, type DigitCalibration } from "../choices/digit-calibration.js";
import type { Gsm8kPromptOptions } from "../gsm8k.js";
import { gsm8kItem } from "../rows.js";
import {
  needed,
  readOptions,
  splitOf,
  type BenchmarkOptions,
  type OpenBenchmark,
  type RowSource,
} from "./open-benchmark.js";

/** Options of {@link openChoices}; the layout is that of the prompt `Question: …\n Answer: `. */
export interface ChoicesOptions extends BenchmarkOptions, Pick<Gsm8kPromptOptions, "newlineBlank" | "answerBlank"> {
  /** Other rows, on which a bias of each digit and a temperature are fitted; without them the raw scores alone. */
  readonly fit?: RowSource | undefined;
  /** Most rows to fit on; default 128. */
  readonly fitRows?: number | undefined;
  /** Other numbers beside the gold one; default 7. */
  readonly alternatives?: number | undefined;
  /** Of two numbers as near, which comes first; default 0. */
  readonly seed?: number | undefined;
}

/**
 * Opens the choice between GSM8K's gold numbers and others with as many digits: of the results of steps, and of final
 * answers after the gold solution. See `numberChoiceTask` of `@vpt/eval/choices`.
 *
 * @throws {EvalInputError} When no row has a number to ask for, or a row to fit on is among the rows to score.
 * @example
 * ```ts
 * import { benchmarkRows } from "@vpt/data";
 * import { openChoices } from "@vpt/eval/benchmarks";
 * import { languageEvaluator } from "@vpt/lang/evaluation";
 *
 * const rows = benchmarkRows("gsm8k/test.jsonl");
 * const choices = await openChoices({ rows, limit: 128, fit: benchmarkRows("gsm8k/train.jsonl") });
 * const { record } = await choices.run(languageEvaluator(model));
 * record.metrics.stepLogLoss; // { value, stderr, ci95, method }
 * ```
 * @category benchmarks
 */
export async function openChoices(options: ChoicesOptions): Promise<OpenBenchmark> {
  const { rows, split, fit, fitRows = 128, alternatives = 7, seed = 0 } = options;
  const { newlineBlank = true, answerBlank = "prompt" } = options;
  const given = { alternatives, seed, newlineBlank, answerBlank };
  const read = async (source: RowSource, limits: BenchmarkOptions): Promise<NumberChoiceItem[]> =>
    (await source.read(gsm8kItem, readOptions(limits))).map((row, i) => numberChoiceItem(row, i, given));
  const items = await read(rows, options);
  const fitItems = fit
    ? await read(fit, { rows: fit, split: fit.hasSplits ? "train" : undefined, limit: fitRows })
    : [];
  checkItems(items, rows.name);
  if (fit) checkItems(fitItems, fit.name);
  const known = new Set(items.map(({ question }) => question));
  if (fitItems.some(({ question }) => known.has(question)))
    throw new EvalInputError({
      where: "choices: fit",
      expected: "other rows than are scored",
      received: `${fit!.name}, which has some of them`,
    });
  return {
    async run({ digitScorer }, run = {}) {
      const ask = scoreNumberChoices(needed("choices", "digitScorer", digitScorer));
      const calibration = fit && (await calibrationOn(fitItems, given, ask, run.batchSize ?? 8));
      const record = await evaluate(numberChoiceTask({ ...given, calibration }), items, ask, run);
      const count = (kind: "step" | "final"): number =>
        items.reduce((sum, { questions }) => sum + questions.filter((each) => each.kind === kind).length, 0);
      return {
        record,
        split: splitOf(rows, split),
        details: {
          data: rows.name,
          steps: count("step"),
          finals: count("final"),
          ...(fit && { fit: fit.name, fitRows: fitItems.length, calibration }),
        },
      };
    },
  };
}

function checkItems(items: readonly NumberChoiceItem[], name: string): void {
  if (items.some(({ questions }) => questions.length > 0)) return;
  throw new EvalInputError({
    where: `choices: ${name}`,
    expected: "answers with calculator marks such as <<48/2=24>>24, or a last line #### 24",
    received: `${items.length} rows without`,
  });
}

/** Scores the choices of the rows to fit on, and fits a bias of each digit and a temperature to them. */
async function calibrationOn(
  items: readonly NumberChoiceItem[],
  given: Parameters<typeof numberChoiceTask>[0],
  ask: ReturnType<typeof scoreNumberChoices>,
  batchSize: number,
): Promise<DigitCalibration> {
  const { request } = numberChoiceTask(given);
  const answers: Awaited<ReturnType<typeof ask>>[number][] = [];
  for (let start = 0; start < items.length; start += batchSize)
    answers.push(...(await ask(items.slice(start, start + batchSize).map((item) => request(item)))));
  return fitDigitCalibration(answers.flat());
}

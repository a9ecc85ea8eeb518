import { EvalInputError } from "../../errors.js";
import type { EvaluationRecord, RunOptions } from "../../runner/evaluate.js";
import type { ChoiceScorer, Prediction, TextGenerator } from "../../runner/runners.js";
import type { DigitScorer } from "../choices/choices.js";
import type { NllScorer, RollingWindow } from "../nll.js";
import type { Row } from "../rows.js";

/**
 * Rows of a benchmark, read when asked for; `benchmarkRows` of `@vpt/data` opens files, folders and data sets of the
 * hub.
 */
export interface RowSource {
  /** How the user named it: it stands in errors and in the record. */
  readonly name: string;
  /** Whether it holds several splits, so that demonstrations may come from it too. */
  readonly hasSplits: boolean;
  /** Whether it is one file, whose split only its name can say. */
  readonly isFile: boolean;
  read<Item>(
    parse: (row: Row, configuration: string | undefined, index: number) => Item,
    options: {
      readonly split?: string;
      readonly limit?: number;
      readonly limitPer?: "source" | "configuration";
    },
  ): Promise<Item[]>;
}

/** Options that all benchmarks share. */
export interface BenchmarkOptions {
  readonly rows: RowSource;
  /** Split of a folder or a data set of the hub. */
  readonly split?: string | undefined;
  /** Most rows to read; all by default. */
  readonly limit?: number | undefined;
}

/** Which solved rows are shown before each question. */
export interface ShotOptions {
  /** How many; the preset's by default. */
  readonly shots?: number | undefined;
  /** Where they come from: rows other than the evaluated ones, or a source with a train split. */
  readonly demonstrations?: RowSource | undefined;
  /** Seed of the draw; default 0. */
  readonly seed?: number | undefined;
}

/** What a benchmark asks of a model; `languageEvaluator` of `@vpt/lang/evaluation` makes one of ours. */
export interface LanguageEvaluator {
  readonly generator?: TextGenerator;
  readonly choiceScorer?: ChoiceScorer;
  readonly digitScorer?: DigitScorer;
  nllScorer?(options: {
    /** Whether an end token is counted after each answer. */
    readonly appendEos: boolean;
    /** The passes over a text of so many tokens, for a model that reads `context` tokens at once. */
    readonly windows: (tokens: number, context: number) => readonly RollingWindow[];
  }): NllScorer;
}

/** A record, and what of a benchmark is beside it: where its rows came from, macro means, the curve of pass@k. */
export interface BenchmarkResult {
  readonly record: EvaluationRecord;
  readonly details: Readonly<Record<string, unknown>>;
  /** The split of the rows, or null when neither an option nor the file's name says it. */
  readonly split: string | null;
}

/** A benchmark whose rows are read and whose demonstrations are drawn. */
export interface OpenBenchmark {
  /** Evaluates a model. With `file` an interrupted run is continued. */
  run(evaluator: LanguageEvaluator, options?: RunOptions): Promise<BenchmarkResult>;
  /** Scores text made elsewhere; missing where the benchmark is not answered with text. */
  score?(predictions: readonly Prediction[], options?: Pick<RunOptions, "model" | "file">): Promise<BenchmarkResult>;
}

/** Returns the part of an evaluator that a benchmark needs. */
export function needed<Part>(benchmark: string, name: string, part: Part | undefined): Part {
  if (part !== undefined) return part;
  throw new EvalInputError({ where: `${benchmark}: evaluator`, expected: `one with a ${name}`, received: "none" });
}

/** The split of a source of rows, or the one that a data file's name says; null when it says none. */
export const splitOf = ({ name, isFile }: RowSource, split: string | undefined): string | null => {
  if (split !== undefined && !isFile) return split;
  return /(?:^|[/_.-])(train|test_in|test_out|test|validation|dev)[_.-][^/]*$/.exec(name)?.[1] ?? null;
};

/** Options of `read` without the keys that are undefined. */
export const readOptions = ({ split, limit }: Pick<BenchmarkOptions, "split" | "limit">) => ({
  ...(split !== undefined && { split }),
  ...(limit !== undefined && { limit }),
});

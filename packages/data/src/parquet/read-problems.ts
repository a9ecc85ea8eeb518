import { checkFields } from "../check-fields.js";
import { problemColumns, problemOf, type QuestionRecord } from "../problem-of.js";
import type { Stream } from "../stream.js";
import { readRecords } from "./read-records.js";

/** Choices of {@link readProblems}. */
export interface ReadProblemsOptions {
  /** Of a folder, the shards of this split, in the order of their names. Default `train`. */
  readonly split?: string | undefined;
  /** Names of the fields, for a layout that `problemOf` does not know. */
  readonly fields?: { readonly question: string; readonly answer: string } | undefined;
  /** `error` or `skip` (counted, at most 1 % of the rows); default `error`. */
  readonly onBadSample?: "error" | "skip";
  /** Called with each bad record that `skip` leaves out, as `FILE:LINE: what is wrong`. */
  readonly onSkip?: ((message: string) => void) | undefined;
}

const namedProblem =
  ({ question, answer }: { readonly question: string; readonly answer: string }) =>
  (record: Readonly<Record<string, unknown>>): QuestionRecord => {
    checkFields(record, [question, answer]);
    return { question: record[question] as string, answer: record[answer] as string };
  };

/**
 * Questions with worked answers from a jsonl file, a parquet file, several of them, or a folder of shards as Hugging
 * Face `datasets` lays them out (`train-00000-of-00005.parquet`). Layouts: see `problemOf`. Of parquet, only the
 * layout's columns are decoded.
 *
 * @throws {VptError} When nothing is there, or a record fits no layout.
 * @example
 * ```ts
 * import { randomFromSeed } from "@vpt/core";
 * import { repeat, shuffle } from "@vpt/data";
 * import { readProblems } from "@vpt/data/parquet";
 * const stream = shuffle(repeat(readProblems("NuminaMath-CoT/data")), { random: randomFromSeed(0, "data") });
 * ```
 * @category streams
 */
export const readProblems = (
  path: string | readonly string[],
  { split, fields, onBadSample = "error", onSkip }: ReadProblemsOptions = {},
): Stream<QuestionRecord> =>
  readRecords(path, {
    split,
    parse: fields ? namedProblem(fields) : problemOf,
    columns: fields ? Object.values(fields) : problemColumns,
    onBadSample,
    ...(onSkip && { onSkip }),
  });

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/core";
import { checkFields } from "../check-fields.js";
import { problemColumns, problemOf, type QuestionRecord } from "../problem-of.js";
import { readJsonl } from "../read-jsonl.js";
import type { Stream } from "../stream.js";
import { readParquet } from "./read-parquet.js";

/** Choices of {@link readProblems}. */
export interface ReadProblemsOptions {
  /** Of a folder, the shards of this split: files that start with `train-`, in the order of their names. Default `train`. */
  readonly split?: string;
  /** Names of the fields, for a layout that `problemOf` does not know. */
  readonly fields?: { readonly question: string; readonly answer: string } | undefined;
  /** `error` or `skip` (counted, at most 1 % of the rows); default `error`. */
  readonly onBadRecord?: "error" | "skip";
}

const shardsOf = (folder: string, split: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".parquet") && name.startsWith(`${split}-`))
    .sort()
    .map((name) => join(folder, name));

const namedProblem =
  ({ question, answer }: { readonly question: string; readonly answer: string }) =>
  (record: Readonly<Record<string, unknown>>): QuestionRecord => {
    checkFields(record, [question, answer]);
    return { question: record[question] as string, answer: record[answer] as string };
  };

/**
 * Questions with worked answers from a jsonl file, a parquet file, or a folder of parquet shards as Hugging Face `datasets` lays
 * them out (`train-00000-of-00005.parquet`). Layouts: see `problemOf`. Of parquet, only the layout's columns are decoded.
 *
 * @throws {VptError} When nothing is there, or a record fits no layout.
 * @example
 * ```ts
 * const stream = shuffle(repeat(readProblems("NuminaMath-CoT/data")), { random: randomFromSeed(0, "data") });
 * ```
 * @category streams
 */
export const readProblems = (
  path: string,
  { split = "train", fields, onBadRecord = "error" }: ReadProblemsOptions = {},
): Stream<QuestionRecord> => {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined) throw new VptError(`${path}: no such file or folder; expected .jsonl, .parquet or a folder.`);
  const options = { parse: fields ? namedProblem(fields) : problemOf, onBadRecord };
  const columns = fields ? Object.values(fields) : problemColumns;
  if (!kind.isDirectory())
    return path.endsWith(".parquet") ? readParquet(path, { ...options, columns }) : readJsonl(path, options);
  const shards = shardsOf(path, split);
  if (shards.length === 0) throw new VptError(`${path}: no ${split}-*.parquet in this folder; name one of its files.`);
  return readParquet(shards, { ...options, columns });
};

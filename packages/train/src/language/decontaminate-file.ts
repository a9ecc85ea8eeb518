import { createWriteStream, existsSync } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { VptError } from "@vpt/core";
import { loadItems, type QuestionRecord } from "@vpt/data";
import { readProblems } from "@vpt/data/parquet";
import {
  decontaminateStream,
  type DecontaminateStreamOptions,
  type StreamDecontamination,
  type TrainDocument,
} from "@vpt/eval/decontaminate";
import { questionText } from "@vpt/eval/rows";

/** Options of {@link decontaminateFile}. */
export interface DecontaminateFileOptions extends DecontaminateStreamOptions {
  /** Benchmark files by name; the question of each row is compared. */
  readonly against: Readonly<Record<string, string>>;
  /** What of a training row is compared; the question by default. */
  readonly part?: "question" | "answer";
  /** Split of a folder of shards; `train` by default. */
  readonly split?: string | undefined;
  /** Training rows to look at; all by default. */
  readonly limit?: number | undefined;
  /** New jsonl file for the rows that stay: question, answer, source. */
  readonly out?: string | undefined;
  readonly log?: (line: string) => void;
}

/**
 * Finds rows of a training file (jsonl, parquet, or a folder of parquet shards) that nearly repeat benchmark rows, and
 * writes the others. The file is read row by row, twice when there is an `out`.
 *
 * @throws {VptError} When `out` exists, or a file is missing or has no question.
 * @example
 * ```ts
 * import { decontaminateFile } from "@vpt/train/language";
 *
 * const { report } = await decontaminateFile("train.jsonl", { against: { gsm8k: "test.jsonl" }, out: "kept.jsonl" });
 * ```
 * @category data
 */
export async function decontaminateFile(
  path: string,
  options: DecontaminateFileOptions,
): Promise<StreamDecontamination> {
  const { against, part = "question", split = "train", limit, out, log = () => {}, ...rest } = options;
  if (out !== undefined && existsSync(out)) throw new VptError(`${out}: exists already; name another file`);
  const testSets: Record<string, readonly string[]> = {};
  for (const [name, file] of Object.entries(against)) testSets[name] = await loadItems(file, questionText);
  const found = await decontaminateStream(documentsOf(rowsOf(path, split, limit), part), testSets, rest);
  const sizes = Object.entries(testSets).map(([name, { length }]) => `${name} (${length})`);
  log(`${found.documents} rows against ${sizes.join(", ")}`);
  if (out !== undefined) await writeRows(out, rowsOf(path, split, limit), new Set(found.report.kept));
  return found;
}

/**
 * Reads `NAME=FILE,FILE` as files by name; a file without a name has its own.
 *
 * @throws {VptError} When two files have one name.
 */
export function namedFiles(list: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const each of list.split(",")) {
    const [, name, file] = /^(?:([^=/]+)=)?(.+)$/.exec(each) ?? [];
    if (file === undefined) throw new VptError(`against: expected NAME=FILE, received "${each}"`);
    const label = name ?? basename(file).replace(/\.\w+$/, "");
    if (Object.hasOwn(files, label)) throw new VptError(`against: two sets are called "${label}"; name them NAME=FILE`);
    files[label] = file;
  }
  return files;
}

async function* rowsOf(path: string, split: string, limit = Infinity): AsyncGenerator<QuestionRecord> {
  let count = 0;
  for await (const row of readProblems(path, { split })) {
    if (count++ >= limit) return;
    yield row;
  }
}

async function* documentsOf(
  rows: AsyncIterable<QuestionRecord>,
  part: "question" | "answer",
): AsyncGenerator<TrainDocument> {
  for await (const { [part]: text, source } of rows) yield { text, ...(source !== undefined && { source }) };
}

async function writeRows(path: string, rows: AsyncIterable<object>, kept: ReadonlySet<number>): Promise<void> {
  const lines = async function* (): AsyncGenerator<string> {
    let position = 0;
    for await (const row of rows) if (kept.has(position++)) yield `${JSON.stringify(row)}\n`;
  };
  await pipeline(lines, createWriteStream(path, { flags: "wx" }));
}

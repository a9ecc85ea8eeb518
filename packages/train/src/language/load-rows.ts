import { templatedProblems, templatedStream } from "@vpt/data";
import type { QuestionAnswer } from "@vpt/lang";
import type { RowSource } from "./config.js";
import { logSkipped } from "./log-skipped.js";
import { readRows, type Row } from "./read-rows.js";
import { recordFiles } from "./record-files.js";

/**
 * Loads the rows of a source, in its order. With `onBadSample: "skip"` it logs the first three rows that it leaves out,
 * and how many there were.
 *
 * @throws {VptError} For a bad row, naming the file, the line and the fields it has.
 */
export async function loadRows(source: RowSource, log: (line: string) => void = () => {}): Promise<Row[]> {
  if ("synthetic" in source) return templated(source);
  const files = await recordFiles(source, log);
  let skipped = 0;
  const logFirst = logSkipped(log);
  const onSkip = (message: string): void => {
    skipped++;
    logFirst(message);
  };
  const { skip, limit = Infinity } = source;
  const rows: Row[] = [];
  let seen = 0;
  for await (const row of readRows(source, files, onSkip)) {
    if (seen++ < skip) continue;
    if (rows.length >= limit) break;
    rows.push(row);
  }
  if (skipped > 0) log(`left out ${skipped} of ${seen + skipped} rows`);
  return rows;
}

async function templated({
  synthetic: kind,
  split,
  limit,
  seed,
}: Extract<RowSource, { synthetic: string }>): Promise<QuestionAnswer[]> {
  if (kind === "problems") return [...templatedProblems(seed, limit, { split })];
  const stream = templatedStream(seed);
  const rows: QuestionAnswer[] = [];
  while (rows.length < limit) rows.push((await stream.next())!);
  return rows;
}

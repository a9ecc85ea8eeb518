import { mapStream, type Stream } from "@vpt/data";
import { readProblems, readRecords } from "@vpt/data/parquet";
import type { CorpusPart } from "./config.js";

/** A question with its answer, or, without a question, a whole text of which every token counts. */
export interface Row {
  readonly question?: string;
  readonly answer: string;
}

type Records = Omit<CorpusPart, "weight" | "skip" | "limit" | "onBadSample"> & Partial<Pick<CorpusPart, "onBadSample">>;

/**
 * Reads the rows of record files in their order, `strip` removed: the field `text` of each (of a .txt file, each line),
 * or question and answer by the fields named, else by the data set's layout.
 *
 * @param onSkip Called with each record that `onBadSample: "skip"` leaves out, as `FILE:LINE: what is wrong`.
 * @throws {VptError} From `next`: for a bad record, naming file, line and the fields it has.
 */
export function readRows(
  source: Records,
  files: string | readonly string[],
  onSkip?: (message: string) => void,
): Stream<Row> {
  const { question, answer, strip, dropSource, split, onBadSample = "error" } = source;
  const pattern = strip === undefined ? undefined : new RegExp(strip, "g");
  const clean = (each: string): string => (pattern ? each.replace(pattern, "") : each);
  const reading = { split, onBadSample, ...(onSkip && { onSkip }) };
  const text = source.text ?? ([files].flat()[0]!.endsWith(".txt") ? "text" : undefined);
  if (text !== undefined) {
    const parse = (record: Readonly<Record<string, unknown>>): Row => ({ answer: clean(record[text] as string) });
    return readRecords(files, { ...reading, columns: [text], fields: [text], parse });
  }
  const isNamed = question !== undefined || answer !== undefined;
  const fields = isNamed ? { question: question ?? "question", answer: answer ?? "answer" } : undefined;
  const dropped = dropSource === undefined ? undefined : new RegExp(dropSource);
  return mapStream(readProblems(files, { ...reading, fields }), (row): Row | undefined =>
    row.source !== undefined && dropped?.test(row.source)
      ? undefined
      : { question: row.question, answer: clean(row.answer) },
  );
}

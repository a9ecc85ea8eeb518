import { readRecordLines } from "./internal/read-record-lines.js";
import type { Stream } from "./stream.js";

export interface ReadJsonlOptions<T> {
  /** Fields that every record must have as text that is not empty. */
  readonly fields?: readonly string[];
  /** Turns a parsed record into an item; throw an `Error` that says what is wrong to call the record bad. */
  readonly parse?: (record: Readonly<Record<string, unknown>>) => T;
  /** `error` (default): the first bad record ends the run, naming file and line. `skip`: count it and go on. */
  readonly onBadSample?: "error" | "skip";
  /**
   * Share of bad records from which on `skip` gives up too; default 0.01. Below 1,000 lines it is judged at the file's
   * end.
   */
  readonly maxCorruptFraction?: number;
  /** Called with each bad record that `skip` leaves out, as `FILE:LINE: what is wrong`. */
  readonly onSkip?: (message: string) => void;
}

/** A jsonl stream also says how many lines it has read and skipped; both are part of its state. */
export interface JsonlStream<T> extends Stream<T> {
  counts(): { readonly lines: number; readonly bad: number };
}

type Row = Readonly<Record<string, unknown>>;

const objectOf = (text: string): Row => {
  const record: unknown = JSON.parse(text);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new Error("expected a JSON object");
  return record as Row;
};

/**
 * Streams a file of one JSON object a line. Blank lines are passed over; a missing last newline and a byte order mark
 * are fine. Memory stays at one chunk, whatever the file's size, and no file stays open between items.
 *
 * The state is a byte offset and counts, and the file's size: going on in a file that has changed is refused.
 *
 * @throws {VptError} From `next`: for a bad record as `FILE:LINE: …`, for too many of them, for a missing or changed
 *   file.
 * @example
 * ```ts
 * import { readJsonl } from "@vpt/data";
 * const rows = readJsonl("train.jsonl", { fields: ["question", "answer"], onBadSample: "skip" });
 * for await (const row of rows) console.log(row["question"]);
 * ```
 * @category streams
 */
export const readJsonl = <T = Row>(path: string, options: ReadJsonlOptions<T> = {}): JsonlStream<T> =>
  readRecordLines(path, objectOf, options);

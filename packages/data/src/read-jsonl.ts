import { VptError } from "@vpt/contracts";
import { checkFields } from "./check-fields.js";
import { createLineReader, type Line } from "./read-lines.js";
import { createStream, readState, type Stream } from "./stream.js";

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
}

/** A jsonl stream also says how many lines it has read and skipped; both are part of its state. */
export interface JsonlStream<T> extends Stream<T> {
  counts(): { readonly lines: number; readonly bad: number };
}

type Row = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder("utf-8", { fatal: true });

const parseLine = ({ bytes, tooLong }: Line, fields: readonly string[]): Row => {
  if (tooLong) throw new Error("the line is longer than 16 MiB");
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Error("the line is not UTF-8");
  }
  const record: unknown = JSON.parse(text);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new Error("expected a JSON object");
  return checkFields(record as Row, fields);
};

const isBlank = ({ bytes, tooLong }: Line): boolean =>
  !tooLong && bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

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
 * const rows = readJsonl("train.jsonl", { fields: ["question", "answer"], onBadSample: "skip" });
 * for await (const row of rows) console.log(row["question"]);
 * ```
 * @category streams
 */
export const readJsonl = <T = Row>(
  path: string,
  {
    fields = [],
    parse = (record) => record as T,
    onBadSample = "error",
    maxCorruptFraction = 0.01,
  }: ReadJsonlOptions<T> = {},
): JsonlStream<T> => {
  const lines = createLineReader(path);
  let byte = 0;
  let line = 0;
  let bad = 0;

  const overBudget = (of: number): VptError =>
    new VptError(
      `${path}: ${bad} of ${of} lines are bad, more than the ${maxCorruptFraction * 100} % allowed. Clean the ` +
        "file or raise maxCorruptFraction.",
    );

  const next = async (): Promise<T | undefined> => {
    for (;;) {
      const read = await lines.read(byte);
      if (read === undefined) {
        if (bad > maxCorruptFraction * line) throw overBudget(line);
        return undefined;
      }
      byte = read.end;
      line++;
      if (isBlank(read)) continue;
      try {
        return parse(parseLine(read, fields));
      } catch (error) {
        const message = `${path}:${line}: ${error instanceof Error ? error.message : String(error)}`;
        if (onBadSample === "error") throw new VptError(`${message}. Correct the line, or pass onBadSample: "skip".`);
        bad++;
        if (bad > maxCorruptFraction * Math.max(line, 1000)) throw overBudget(line);
      }
    }
  };

  const stream = createStream<T>({
    next,
    state: () => ({ byte, line, bad, size: lines.size() ?? null }),
    restore(state) {
      const saved = readState(state, path, { byte: 0, line: 0, bad: 0, size: null as number | null });
      ({ byte, line, bad } = saved);
      lines.expectSize(saved.size ?? undefined);
    },
  });
  return { ...stream, counts: () => ({ lines: line, bad }) };
};

import { VptError } from "@vpt/contracts";
import { checkFields } from "../check-fields.js";
import type { ReadJsonlOptions } from "../read-jsonl.js";
import { createStream, readState, type Stream } from "../stream.js";
import { loadPeer } from "../load-peer.js";
import type { ParquetFile } from "./parquet-file.js";

/** As for `readJsonl`, and which columns to decode. */
export interface ReadParquetOptions<T> extends ReadJsonlOptions<T> {
  /**
   * Columns to read, or a choice among a file's; all when left out. What is not needed should not be decoded:
   * `messages` repeats NuminaMath's text.
   */
  readonly columns?: readonly string[] | ((known: readonly string[]) => readonly string[]);
}

/** A parquet stream also says how many rows it has read and skipped; both are part of its state. */
export interface ParquetStream<T> extends Stream<T> {
  counts(): { readonly rows: number; readonly bad: number };
}

/** The part that needs the parquet library, loaded with the first file. */
const loadDecoder = () => loadPeer("readParquet", "hyparquet hyparquet-compressors", () => import("./parquet-file.js"));

type Row = Readonly<Record<string, unknown>>;

/**
 * Streams the rows of parquet files, one after another in the order given. One row group is in memory at a time, of the
 * columns asked for. Whole numbers come as numbers, or as text beyond 2⁵³. All codecs of the format are read.
 *
 * The state is a file, a row and counts, and the file's size: going on in a file that has changed is refused.
 *
 * @throws {VptError} From `next`: for a bad record as `FILE:ROW: …`, too many of them, a missing column, a damaged,
 *   missing or changed file, or a row group that would decode to more than 2 GiB.
 * @example
 * ```ts
 * const rows = readParquet(["train-00000-of-00005.parquet"], { columns: ["problem", "solution"], parse: problemOf });
 * ```
 * @category streams
 */
export const readParquet = <T = Row>(
  paths: string | readonly string[],
  {
    columns,
    fields = [],
    parse = (row) => row as T,
    onBadSample = "error",
    maxCorruptFraction = 0.01,
  }: ReadParquetOptions<T> = {},
): ParquetStream<T> => {
  const files = typeof paths === "string" ? [paths] : paths;
  if (files.length === 0) throw new VptError("readParquet: no files; expected at least one.");
  let place = { file: 0, row: 0, rows: 0, bad: 0 };
  let expected: number | undefined;
  let opened: ParquetFile | undefined;
  let held: Awaited<ReturnType<ParquetFile["group"]>> = { start: 0, rows: [] };

  const openNext = async (path: string): Promise<ParquetFile> => {
    const { openParquet } = await loadDecoder();
    const file = await openParquet(path, columns);
    if (expected !== undefined && expected !== file.bytes)
      throw new VptError(
        `${path}: has ${file.bytes} bytes, had ${expected} when its place was saved. It has changed; start over.`,
      );
    held = { start: 0, rows: [] };
    return file;
  };
  const refuseTooMany = (of: number): void => {
    if (place.bad > maxCorruptFraction * of)
      throw new VptError(
        `${files[place.file] ?? files.at(-1)}: ${place.bad} of ${place.rows} rows are bad, more than the ` +
          `${maxCorruptFraction * 100} % allowed. Clean the data or raise maxCorruptFraction.`,
      );
  };
  const nextRow = async (): Promise<Row | undefined> => {
    for (; place.file < files.length; place = { ...place, file: place.file + 1, row: 0 }) {
      opened ??= await openNext(files[place.file]!);
      if (place.row < opened.rows) {
        const inside = place.row >= held.start && place.row < held.start + held.rows.length;
        if (!inside) held = await opened.group(place.row);
        return held.rows[place.row - held.start]!;
      }
      opened = expected = undefined;
    }
    return undefined;
  };

  const next = async (): Promise<T | undefined> => {
    for (let row = await nextRow(); row !== undefined; row = await nextRow()) {
      const at = `${files[place.file]}:${place.row}`;
      place = { ...place, row: place.row + 1, rows: place.rows + 1 };
      try {
        return parse(checkFields(row, fields));
      } catch (error) {
        const message = `${at}: ${error instanceof Error ? error.message : String(error)}`;
        if (onBadSample === "error") throw new VptError(`${message}. Correct the row, or pass onBadSample: "skip".`);
        place = { ...place, bad: place.bad + 1 };
        refuseTooMany(Math.max(place.rows, 1000));
      }
    }
    refuseTooMany(place.rows);
    return undefined;
  };

  const stream = createStream<T>({
    next,
    state: () => ({ ...place, size: opened?.bytes ?? expected ?? null }),
    restore(state) {
      const { size, ...saved } = readState(state, "readParquet", {
        file: 0,
        row: 0,
        rows: 0,
        bad: 0,
        size: null as number | null,
      });
      place = saved;
      expected = size ?? undefined;
      opened = undefined;
    },
  });
  return { ...stream, counts: () => ({ rows: place.rows, bad: place.bad }) };
};

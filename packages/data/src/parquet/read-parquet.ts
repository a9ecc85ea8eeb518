import { VptError } from "@vpt/contracts";
import { checkFields } from "../check-fields.js";
import { createBadRecords } from "../internal/bad-records.js";
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

interface Place {
  readonly file: number;
  readonly row: number;
  /** Rows read so far, of all files. */
  readonly rows: number;
  /** Bytes of the open file. */
  readonly size: number | null;
}

/** The rows of several files, one after another, from any place on; one row group is in memory. */
const createRowReader = (files: readonly string[], columns: ReadParquetOptions<Row>["columns"]) => {
  let [file, row, rows] = [0, 0, 0];
  let expected: number | undefined;
  let opened: ParquetFile | undefined;
  let held: Awaited<ReturnType<ParquetFile["group"]>> = { start: 0, rows: [] };

  const openNext = async (path: string): Promise<ParquetFile> => {
    const { openParquet } = await loadDecoder();
    const found = await openParquet(path, columns);
    if (expected !== undefined && expected !== found.bytes)
      throw new VptError(
        `${path}: has ${found.bytes} bytes, had ${expected} when its place was saved. It has changed; start over.`,
      );
    held = { start: 0, rows: [] };
    return found;
  };
  return {
    path: () => files[file] ?? files.at(-1),
    state: (): Place => ({ file, row, rows, size: opened?.bytes ?? expected ?? null }),
    restore(place: Place): void {
      ({ file, row, rows } = place);
      expected = place.size ?? undefined;
      opened = undefined;
    },
    /** The next row and where it stands, or undefined after the last. */
    async next(): Promise<{ readonly value: Row; readonly at: string } | undefined> {
      for (; file < files.length; file++, row = 0) {
        opened ??= await openNext(files[file]!);
        if (row < opened.rows) {
          if (row < held.start || row >= held.start + held.rows.length) held = await opened.group(row);
          const found = { value: held.rows[row - held.start]!, at: `${files[file]}:${row}` };
          row++;
          rows++;
          return found;
        }
        opened = expected = undefined;
      }
      return undefined;
    },
  };
};

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
 * import { problemOf } from "@vpt/data";
 * import { readParquet } from "@vpt/data/parquet";
 * const rows = readParquet(["train-00000-of-00005.parquet"], { columns: ["problem", "solution"], parse: problemOf });
 * ```
 * @category streams
 */
export const readParquet = <T = Row>(
  paths: string | readonly string[],
  { columns, fields = [], parse = (row) => row as T, ...onBad }: ReadParquetOptions<T> = {},
): ParquetStream<T> => {
  const files = typeof paths === "string" ? [paths] : paths;
  if (files.length === 0) throw new VptError("readParquet: no files; expected at least one.");
  const reader = createRowReader(files, columns);
  const bad = createBadRecords({ record: "row", whole: "data", path: reader.path }, onBad);

  const next = async (): Promise<T | undefined> => {
    for (let row = await reader.next(); row !== undefined; row = await reader.next()) {
      try {
        return parse(checkFields(row.value, fields));
      } catch (error) {
        bad.add(error, row.at, reader.state().rows);
      }
    }
    bad.finish(reader.state().rows);
    return undefined;
  };

  const stream = createStream<T>({
    next,
    state: () => ({ ...reader.state(), bad: bad.count() }),
    restore(state) {
      const { bad: skipped, ...place } = readState(state, "readParquet", {
        file: 0,
        row: 0,
        rows: 0,
        bad: 0,
        size: null as number | null,
      });
      bad.restore(skipped);
      reader.restore(place);
    },
  });
  return { ...stream, counts: () => ({ rows: reader.state().rows, bad: bad.count() }) };
};

import { VptError } from "@vpt/contracts";
import { parquetMetadataAsync, parquetSchema, type AsyncBuffer } from "hyparquet";
import { boundedCompressors } from "./bounded-compressors.js";
import { decodeRows } from "./decode-rows.js";
import { fileBuffer } from "./file-buffer.js";

type Row = Readonly<Record<string, unknown>>;

type Columns = readonly string[] | ((known: readonly string[]) => readonly string[]);

/** What one row group may decode to: a small file can claim, or unpack to, far more than memory holds. */
const longestGroup = { bytes: 2 ** 31, rows: 10_000_000 };

/** An open file: the rows its groups start at, and one group's rows at a time. */
export interface ParquetFile {
  readonly bytes: number;
  readonly rows: number;
  /** The rows of the group that row `at` is in, and the row it starts with. */
  group(at: number): Promise<{ readonly start: number; readonly rows: readonly Row[] }>;
}

/** Whole numbers of 64 bits as numbers, where they fit; everything else as it is. */
const plain = (value: unknown): unknown => {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value) || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
};

const guarded = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    if (VptError.isInstance(error)) throw error;
    const reason = (error instanceof Error ? error.message : String(error)).slice(0, 300);
    throw new VptError(`${path}: not a readable parquet file (${reason}). Check the download, or convert it to jsonl.`);
  }
};

/** Opens a parquet file of flat or nested columns; the chosen ones are read, all when left out. */
export const openParquet = async (path: string, choice?: Columns): Promise<ParquetFile> => {
  const file: AsyncBuffer = await fileBuffer(path);
  const metadata = await guarded(path, async () => parquetMetadataAsync(file));
  const known = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = typeof choice === "function" ? choice(known) : choice;
  const missing = columns?.find((column) => !known.includes(column));
  if (missing !== undefined) throw new VptError(`${path}: has no column "${missing}"; it has ${known.join(", ")}.`);
  const groups: { start: number; end: number }[] = [];
  for (const { num_rows, total_byte_size } of metadata.row_groups) {
    const rows = Number(num_rows);
    if (!(rows >= 0 && rows <= longestGroup.rows) || Number(total_byte_size) > longestGroup.bytes)
      throw new VptError(
        `${path}: a row group of ${rows} rows and ${total_byte_size} bytes; at most ${longestGroup.rows} ` +
          `and ${longestGroup.bytes} are read. Write it again with smaller groups.`,
      );
    const start = groups.at(-1)?.end ?? 0;
    groups.push({ start, end: start + rows });
  }
  return {
    bytes: file.byteLength,
    rows: groups.at(-1)?.end ?? 0,
    async group(at) {
      const { start, end } = groups.find((group) => at < group.end)!;
      const rows = await guarded(path, () =>
        decodeRows({
          file,
          metadata,
          compressors: boundedCompressors(longestGroup.bytes),
          rowStart: start,
          rowEnd: end,
          ...(columns && { columns: [...columns] }),
        }),
      );
      if (rows.length !== end - start)
        throw new VptError(`${path}: rows ${start} to ${end} hold ${rows.length}. The file is damaged.`);
      return { start, rows: rows.map((row) => plain(row) as Row) };
    },
  };
};

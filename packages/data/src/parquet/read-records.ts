import { statSync } from "node:fs";
import { VptError } from "@vpt/contracts";
import { chain } from "../chain.js";
import { readJsonl } from "../read-jsonl.js";
import { readTextLines } from "../read-text-lines.js";
import type { Stream } from "../stream.js";
import { splitFilesIn } from "./split-files-in.js";
import { readParquet, type ReadParquetOptions } from "./read-parquet.js";

/** Choices of {@link readRecords}. */
export interface ReadRecordsOptions<T> extends ReadParquetOptions<T> {
  /** Of a folder, the shards of this split, in the order of their names. Default `train`. */
  readonly split?: string | undefined;
}

/**
 * Records of jsonl, parquet or txt files: one file, several in the order given, or the shards of a folder as Hugging
 * Face `datasets` lays them out (see {@link splitFilesIn}). Each line of a txt file is a record with the field `text`.
 *
 * @throws {VptError} When nothing is there; from `next`, as {@link readParquet} and `readJsonl` do.
 * @example
 * ```ts
 * import { readRecords } from "@vpt/data/parquet";
 * const texts = readRecords("openwebmath/data", { columns: ["text"], fields: ["text"] });
 * ```
 * @category streams
 */
export const readRecords = <T = Readonly<Record<string, unknown>>>(
  paths: string | readonly string[],
  { split = "train", ...options }: ReadRecordsOptions<T> = {},
): Stream<T> => {
  const files = typeof paths === "string" ? filesAt(paths, split) : paths;
  if (files.length === 0) throw new VptError("readRecords: no files; expected at least one.");
  const parquet = files.filter((file) => file.endsWith(".parquet"));
  if (parquet.length === files.length) return readParquet(files, options);
  if (parquet.length > 0)
    throw new VptError(`${parquet[0]}: beside files that are not parquet; expected one kind at a time.`);
  const streams = files.map((file) => (file.endsWith(".txt") ? readTextLines : readJsonl)(file, options));
  return streams.length === 1 ? streams[0]! : chain(streams);
};

const filesAt = (path: string, split: string): string[] => {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind === undefined)
    throw new VptError(`${path}: no such file or folder; expected .jsonl, .parquet, .txt or a folder.`);
  if (!kind.isDirectory()) return [path];
  const chosen = splitFilesIn(path, split);
  if (chosen.length === 0)
    throw new VptError(
      `${path}: no file of the split "${split}" in this folder; expected ${split}-*.parquet or .jsonl, ` +
        `${split}/0000.parquet, or ${split}.jsonl; name one of its files.`,
    );
  return chosen;
};

import { readdirSync } from "node:fs";
import { join } from "node:path";

const kinds = ["parquet", "jsonl", "txt"] as const; // where there are several, the first of these

/**
 * The files of one split in a local folder, in the order of their names, in the first of these layouts that it has:
 * `train-00000-of-00005.parquet` (or `train.parquet`) in it or in its `data`, `train/0000.parquet` (Hugging Face's
 * converted copies), or numbered shards alone, `0000.parquet`, which name no split. Empty when there is none.
 *
 * @example
 * ```ts
 * import { splitFilesIn } from "@vpt/data/parquet";
 * splitFilesIn("gsm8k/main", "test"); // ["gsm8k/main/test-00000-of-00001.parquet"]
 * ```
 * @category streams
 */
export const splitFilesIn = (folder: string, split: string): string[] => {
  const isNamed = (name: string): boolean => name === split || name.startsWith(`${split}-`);
  const isNumber = (name: string): boolean => /^\d+$/.test(name);
  const layouts: readonly (readonly [folder: string, belongs: (name: string) => boolean])[] = [
    [folder, isNamed],
    [join(folder, "data"), isNamed],
    [join(folder, split), isNumber],
    [folder, isNumber],
  ];
  for (const [place, belongs] of layouts) {
    const names = namesIn(place);
    for (const kind of kinds) {
      const files = names.filter((name) => name.endsWith(`.${kind}`) && belongs(name.slice(0, -kind.length - 1)));
      if (files.length > 0) return files.sort().map((name) => join(place, name));
    }
  }
  return [];
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such folder: another layout
  }
};

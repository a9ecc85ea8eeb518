import { readFileSync } from "node:fs";
import { VptError } from "@vpt/contracts";
import { loadPeer } from "../load-peer.js";
import { readJsonl } from "../read-jsonl.js";
import type { Stream } from "../stream.js";
import { readParquet } from "../parquet/index.js";
import { dataFiles, type DataFile } from "./data-files.js";

/** A record as read from a file: named fields of any type. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Reads a row, or throws an `Error` that says what is wrong with it. `configuration` is the folder or file of its own
 * that the row lies in, `index` its place in that configuration.
 */
export type ParseRow<Item> = (row: Row, configuration: string | undefined, index: number) => Item;

/** Which rows {@link loadItems} reads. */
export interface LoadOptions {
  /** Most rows to read; all by default. */
  readonly limit?: number | undefined;
  /** Whether `limit` counts all rows (the default) or those of each configuration. */
  readonly limitPer?: "source" | "configuration" | undefined;
  /** Split of a folder or a data set of the hub; `test` by default. */
  readonly split?: string | undefined;
  /** Makes the rows of the path `"synthetic"`. */
  readonly synthetic?: ((options: SyntheticOptions) => readonly Row[]) | undefined;
}

/** Which rows a maker of synthetic rows makes. */
export interface SyntheticOptions {
  readonly count: number;
  readonly split: string;
}

/**
 * Reads rows of a jsonl, parquet or csv file, of a data set of the hub (`openai/gsm8k/main`), or of the layouts in
 * which benchmarks are shared: a folder of shards, a folder a configuration or subject
 * (`algebra/test-00000-of-00001.parquet`), MMLU's `test/SUBJECT_test.csv`, MATH's `test/TYPE/1.json`.
 *
 * @throws {VptError} When the source is missing, has no rows, or a row cannot be parsed (file and line are named).
 * @example
 * ```ts
 * import { loadItems } from "@vpt/data";
 * import { gsm8kItem } from "@vpt/eval/rows";
 *
 * const items = await loadItems("openai/gsm8k/main", gsm8kItem, { split: "test", limit: 64 });
 * ```
 * @category rows
 */
export async function loadItems<Item>(path: string, parse: ParseRow<Item>, options: LoadOptions = {}): Promise<Item[]> {
  const { limit = Infinity, limitPer = "source", split = "test", synthetic } = options;
  if (path === "synthetic" && synthetic)
    return synthetic({ count: Math.min(limit, 1000), split }).map((row, i) => parse(row, undefined, i));
  const items: Item[] = [];
  const counts = new Map<string, number>();
  for (const file of await dataFiles(path, split)) {
    const { configuration = "" } = file;
    const before = counts.get(configuration) ?? 0;
    const room = limit - (limitPer === "configuration" ? before : items.length);
    if (room <= 0) continue;
    let read = 0;
    for await (const item of rowsOf(file, parse, before)) {
      items.push(item);
      if (++read >= room) break;
    }
    counts.set(configuration, before + read);
  }
  if (items.length === 0) throw new VptError(`${path}: no rows; expected at least one`);
  return items;
}

/** The rows of one file; `first` is the place of its first row in the file's configuration. */
async function* rowsOf<Item>(file: DataFile, parse: ParseRow<Item>, first: number): AsyncGenerator<Item> {
  const { path, configuration } = file;
  let index = first;
  const read = (row: Row): Item => parse(row, configuration, index++);
  if (path.endsWith(".csv")) return yield* csvRows(path, read);
  if (path.endsWith(".json")) return yield read(JSON.parse(readFileSync(path, "utf8")) as Row);
  const rows: Stream<Item> = path.endsWith(".parquet")
    ? readParquet(path, { parse: read })
    : readJsonl(path, { parse: read });
  yield* rows;
}

/** Question, choices and the letter of the answer, without a header: MMLU's own layout. */
async function* csvRows<Item>(path: string, parse: (row: Row) => Item): AsyncGenerator<Item> {
  const { parse: parseCsv } = await loadPeer("reading CSV files", "csv-parse", () => import("csv-parse/sync"));
  const lines: string[][] = parseCsv(readFileSync(path, "utf8"), { relax_column_count: true });
  for (const [i, line] of lines.entries()) {
    const [question, ...rest] = line;
    try {
      yield parse({ question, choices: rest.slice(0, -1), answer: rest.at(-1) });
    } catch (error) {
      throw new VptError(`${path}:${i + 1}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

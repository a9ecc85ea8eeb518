import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { loadPeer } from "../load-peer.js";
import { readJsonl } from "../read-jsonl.js";
import type { Stream } from "../stream.js";
import { readParquet, splitFilesIn } from "../parquet/index.js";
import { resolveDataset } from "@vpt/hub";
import { hubData } from "./hub-data.js";

export type Row = Readonly<Record<string, unknown>>;
/** Reads a row, or throws an `Error` that says what is wrong with it; `configuration` is the folder or file of its own that it lies in. */
export type ParseRow<Item> = (row: Row, configuration?: string) => Item;

/** What of the data is read. */
export interface LoadOptions {
  readonly limit?: number | undefined;
  /** Of a folder; `test` by default. */
  readonly split?: string | undefined;
  /** Rows for `--data synthetic`. */
  readonly synthetic?: ((options: SyntheticOptions) => readonly Row[]) | undefined;
}

/** What self-made rows are made of. */
export interface SyntheticOptions {
  readonly count: number;
  readonly split: string;
}

/** A file of rows, and the configuration that it is of, where a folder holds several. */
export interface DataFile {
  readonly path: string;
  readonly configuration?: string;
}

/**
 * Rows of a jsonl, parquet or csv file, of a data set of the hub (`openai/gsm8k/main`), or of the layouts in which benchmarks are shared: a folder of shards, a folder a configuration or subject
 * (`algebra/test-00000-of-00001.parquet`), MMLU's `test/SUBJECT_test.csv`, MATH's `test/TYPE/1.json`.
 */
export async function loadItems<Item>(path: string, parse: ParseRow<Item>, options: LoadOptions = {}): Promise<Item[]> {
  const { limit = Infinity, split = "test", synthetic } = options;
  if (path === "synthetic" && synthetic)
    return synthetic({ count: Math.min(limit, 1000), split }).map((row) => parse(row));
  const items: Item[] = [];
  for (const file of await dataFiles(path, split)) {
    for await (const item of rowsOf(file, parse)) {
      if (items.length >= limit) return items;
      items.push(item);
    }
  }
  return someOf(items, path);
}

/** Refuses a file or folder without rows. */
export function someOf<Item>(items: Item[], path: string): Item[] {
  if (items.length > 0) return items;
  throw new VptError(`${path}: no rows; expected at least one`);
}

/** The files of a split: of a path, or of a data set of the hub, fetched if need be. */
export async function dataFiles(path: string, split: string): Promise<DataFile[]> {
  const hub = hubData(path);
  if (hub) {
    const { id, config } = hub;
    const files = await resolveDataset(id, { config, split, log: (line) => console.error(line) });
    return files.map((file) => ({ path: file, ...(config !== undefined && { configuration: config }) }));
  }
  if (!existsSync(path))
    throw new VptError(
      `${path}: no such file; paths are relative to the folder you run vpt in, and data sets of the hub are OWNER/NAME or OWNER/NAME/CONFIGURATION`,
    );
  if (!isFolder(path)) return [{ path }];
  const shards = splitFilesIn(path, split);
  if (shards.length > 0) return shards.map((file) => ({ path: file }));
  const layouts = [csvFiles, jsonFiles, configurations].map((layout) =>
    [path, join(path, "data")].flatMap((folder) => layout(folder, split)),
  );
  const found = layouts.find((files) => files.length > 0);
  if (found) return found;
  throw new VptError(
    `${path}: no rows of the split "${split}" in this folder; expected shards such as ${split}-00000-of-00001.parquet or ${split}.jsonl, in it or in a folder for each configuration`,
  );
}

/** MMLU as its authors share it. */
const csvFiles = (folder: string, split: string): DataFile[] =>
  entries(join(folder, split))
    .filter((name) => name.endsWith(`_${split}.csv`))
    .map((name) => ({ path: join(folder, split, name), configuration: name.slice(0, -`_${split}.csv`.length) }));

/** MATH as its authors share it: a file a problem. */
const jsonFiles = (folder: string, split: string): DataFile[] =>
  entries(join(folder, split)).flatMap((type) =>
    entries(join(folder, split, type))
      .filter((name) => /^\d+\.json$/.test(name))
      .sort((a, b) => parseInt(a) - parseInt(b))
      .map((name) => ({ path: join(folder, split, type, name), configuration: type })),
  );

/** A folder a configuration; of MMLU neither the copy of all nor the auxiliary training rows. */
const configurations = (folder: string, split: string): DataFile[] => {
  const named = entries(folder).filter((name) => name !== "all" && name !== "auxiliary_train");
  return named.flatMap((configuration) =>
    splitFilesIn(join(folder, configuration), split).map((path) => ({ path, configuration })),
  );
};

/** Whether there is a folder of that name. */
export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Whether a source of rows holds splits of them, as a folder and a data set of the hub do. */
export const hasSplits = (path: string): boolean => isFolder(path) || hubData(path) !== undefined;

const entries = (folder: string): string[] => (isFolder(folder) ? readdirSync(folder).sort() : []);

/** The rows of one file. */
export async function* rowsOf<Item>({ path, configuration }: DataFile, parse: ParseRow<Item>): AsyncGenerator<Item> {
  const read = (row: Row): Item => parse(row, configuration);
  if (path.endsWith(".csv")) return yield* csvRows(path, read);
  if (path.endsWith(".json")) return yield read(JSON.parse(readFileSync(path, "utf8")) as Row);
  const rows: Stream<Item> = path.endsWith(".parquet")
    ? readParquet(path, { parse: read })
    : readJsonl(path, { parse: read });
  yield* rows;
}

/** Question, choices and the letter of the answer, without a header. */
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

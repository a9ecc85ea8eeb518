import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { resolveDataset } from "@vpt/hub";
import { splitFilesIn } from "../parquet/index.js";
import { hubData } from "./hub-data.js";

/** A file of rows, and the configuration (or subject) that it is of, where a folder holds several. */
export interface DataFile {
  readonly path: string;
  readonly configuration?: string;
}

/**
 * Lists the files of a split: of a path, or of a data set of the hub, which is downloaded if need be.
 *
 * @throws {VptError} When there is no such path, or the folder has no file of the split.
 * @example
 * ```ts
 * import { dataFiles } from "@vpt/data";
 *
 * const files = await dataFiles("MATH", "test"); // [{ path: "MATH/test/algebra/1.json", configuration: "algebra" }, …]
 * ```
 * @category rows
 */
export async function dataFiles(path: string, split: string): Promise<DataFile[]> {
  const hub = hubData(path);
  if (hub) {
    const { id, config } = hub;
    const files = await resolveDataset(id, { config, split, log: (line) => console.error(line) });
    return files.map((file) => ({ path: file, ...(config !== undefined && { configuration: config }) }));
  }
  if (!existsSync(path))
    throw new VptError(
      `${path}: no such file; paths are relative to the folder you run vpt in, ` +
        "and data sets of the hub are OWNER/NAME or OWNER/NAME/CONFIGURATION",
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
    `${path}: no rows of the split "${split}" in this folder; expected shards such as ` +
      `${split}-00000-of-00001.parquet or ${split}.jsonl, in it or in a folder for each configuration`,
  );
}

/** Whether there is a folder of that name. */
export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** Whether a source of rows holds splits of them, as a folder and a data set of the hub do. */
export const hasSplits = (path: string): boolean => isFolder(path) || hubData(path) !== undefined;

/** MMLU as its authors share it: `test/anatomy_test.csv`. */
const csvFiles = (folder: string, split: string): DataFile[] =>
  entries(join(folder, split))
    .filter((name) => name.endsWith(`_${split}.csv`))
    .map((name) => ({ path: join(folder, split, name), configuration: name.slice(0, -`_${split}.csv`.length) }));

/** MATH as its authors share it: a file a problem, `test/algebra/1.json`. */
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

const entries = (folder: string): string[] => (isFolder(folder) ? readdirSync(folder).sort() : []);

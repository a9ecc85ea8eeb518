import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { VptError } from "@vpt/contracts";
import { hubCache, loadHub, type Hub } from "./hub-snapshot.js";

/** Which part of a data set. */
export interface ResolveDatasetOptions {
  /** The configuration, a folder such as `main`; needed when there are several. */
  readonly config?: string | undefined;
  /** Default `train`. */
  readonly split?: string | undefined;
  /**
   * Branch, tag or commit; default `main`. Hugging Face keeps a parquet copy of most data sets in
   * `refs/convert/parquet`.
   */
  readonly revision?: string | undefined;
  /** The first so many files only; all by default. */
  readonly files?: number | undefined;
  /** Gets a line when something is fetched; silent by default. */
  readonly log?: ((line: string) => void) | undefined;
  /** `@huggingface/hub` by default. */
  readonly hub?: Pick<Hub, "datasetInfo" | "listFiles" | "downloadFileToCacheDir"> | undefined;
}

/**
 * The files of one split of a Hugging Face data set, parquet or jsonl, in order: from the shared Hugging Face cache,
 * else fetched through `@huggingface/hub`, file by file and no other file of the repository. What is cached needs no
 * network. Give them to `readProblems`.
 *
 * @param id Such as `AI-MO/NuminaMath-CoT`.
 * @throws {VptError} When it cannot be fetched, has no such split or configuration, or has several of which none is
 *   named.
 * @example
 * ```ts
 * const files = await resolveDataset("openai/gsm8k", { config: "main", log: console.error });
 * ```
 * @category models
 */
export const resolveDataset = async (
  id: string,
  {
    config,
    split = "train",
    revision = "main",
    files = Infinity,
    log = () => {},
    hub: given,
  }: ResolveDatasetOptions = {},
): Promise<string[]> => {
  if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(id))
    throw new VptError(`"${id}": expected the id of a Hugging Face data set, such as AI-MO/NuminaMath-CoT.`);
  const wanted = { id, config, split };
  const cacheDir = hubCache(process.env);
  const folder = join(cacheDir, `datasets--${id.replaceAll("/", "--")}`);
  const refs = join(folder, "refs", revision);
  const commit = (await readFile(refs, "utf8").catch(() => revision)).trim();
  const cached = /^[0-9a-f]{7,64}$/.test(commit) ? await filesBelow(join(folder, "snapshots", commit)) : [];
  const found = cached.length > 0 ? splitFiles(cached, wanted) : [];
  if (found.length >= Math.min(files, shardCount(found)))
    return found.slice(0, files).map((path) => join(folder, "snapshots", commit, path));

  const hub = given ?? (await loadHub(id));
  const repo = { type: "dataset", name: id } as const;
  try {
    const { sha } = await hub.datasetInfo({ name: id, revision, additionalFields: ["sha"] });
    const all: string[] = [];
    for await (const { type, path } of hub.listFiles({ repo, revision: sha, recursive: true }))
      if (type === "file") all.push(path);
    const chosen = splitFiles(all, wanted).slice(0, files);
    if (chosen.length === 0) throw new VptError(noSplit(wanted, all));
    const paths: string[] = [];
    for (const [i, path] of chosen.entries()) {
      log(`Fetching ${id}: ${path} (${i + 1} of ${chosen.length}) from the Hugging Face hub into ${cacheDir}`);
      paths.push(await hub.downloadFileToCacheDir({ repo, path, revision: sha, cacheDir }));
    }
    await mkdir(dirname(refs), { recursive: true });
    if (sha !== revision) await writeFile(refs, sha);
    return paths;
  } catch (error) {
    if (error instanceof VptError) throw error;
    throw new VptError(
      `${id}: the hub could not deliver it ` +
        `(${error instanceof Error ? error.message : String(error)}). Check the id, the revision and the ` +
        "network.",
    );
  }
};

interface Wanted {
  readonly id: string;
  readonly config: string | undefined;
  readonly split: string;
}

/** `train-00000-of-00005.parquet`, `train.jsonl`, `train/0000.parquet`, with or without folders before. */
const layout = (
  path: string,
): { readonly split: string; readonly config: string; readonly kind: string } | undefined => {
  const [, folders = "", name, kind] = /^(?:(.*)\/)?([^/]+)\.(parquet|jsonl)$/.exec(path) ?? [];
  if (name === undefined || kind === undefined) return undefined;
  const inFolder = /^\d+$/.test(name);
  const steps = folders.split("/").filter((step) => step !== "" && step !== "data");
  const split = inFolder ? steps.at(-1) : name.replace(/-\d+-of-\d+.*$/, "");
  return { split: split ?? "", config: (inFolder ? steps.slice(0, -1) : steps).join("/"), kind };
};

/** The files of one split, in the order of their names; parquet where there is both. */
export const splitFiles = (paths: readonly string[], { id, config, split }: Wanted): string[] => {
  const of = paths.flatMap((path) => {
    const file = layout(path);
    return file?.split === split && (config === undefined || file.config === config) ? [{ path, ...file }] : [];
  });
  const configs = [...new Set(of.map((file) => file.config))].sort();
  const chosen = configs.length > 1 ? ["", "default"].find((name) => configs.includes(name)) : configs[0];
  if (configs.length > 1 && chosen === undefined)
    throw new VptError(
      `${id}: has several configurations with a split "${split}": ${configs.join(", ")}. Name one as "config".`,
    );
  const files = of.filter((file) => file.config === chosen);
  const kind = files.some((file) => file.kind === "parquet") ? "parquet" : "jsonl";
  return files
    .filter((file) => file.kind === kind)
    .map(({ path }) => path)
    .sort();
};

/** How many files the names say there are; those there are when they do not say. */
const shardCount = (paths: readonly string[]): number =>
  Math.max(1, paths.length, ...paths.map((path) => Number(/-of-(\d+)/.exec(path)?.[1] ?? 0)));

const noSplit = ({ id, config, split }: Wanted, all: readonly string[]): string => {
  const readable = all.filter((path) => layout(path) !== undefined);
  const where = config === undefined ? "" : ` in the configuration "${config}"`;
  const others =
    readable.length > 0
      ? `It has ${readable.slice(0, 5).join(", ")}${readable.length > 5 ? ", …" : ""}.`
      : "It has no such file at all; try the revision refs/convert/parquet.";
  return `${id}: no parquet or jsonl file of the split "${split}"${where}. ${others}`;
};

const filesBelow = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries.map((path) => path.split(sep).join("/"));
};

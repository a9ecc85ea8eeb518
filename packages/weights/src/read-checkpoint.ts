import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { VptError } from "@vpt/contracts";
import type { Checkpoint } from "./checkpoint.js";
import { openGguf } from "./gguf/open-gguf.js";
import { openFile } from "./internal/byte-source.js";
import { fileKind } from "./internal/file-kind.js";
import { makeCheckpoint } from "./internal/make-checkpoint.js";
import { readJsonIfPresent } from "./internal/read-json.js";
import { readFolder, readTokenizerFiles } from "./read-folder.js";
import { openSafetensors } from "./safetensors/open-safetensors.js";

const readFile = async (path: string): Promise<Checkpoint> => {
  const source = await openFile(path);
  try {
    if ((await fileKind(source)) === "gguf") return await openGguf(source);
    const { entries, metadata } = await openSafetensors(source);
    const config = (await readJsonIfPresent(join(dirname(path), "config.json"))) ?? {};
    const tokenizer = await readTokenizerFiles(dirname(path));
    return makeCheckpoint({ path, config, metadata, tokenizer, entries, close: () => source.close() });
  } catch (error) {
    await source.close();
    throw error;
  }
};

/**
 * Opens a checkpoint: a folder in Hugging Face's layout (`config.json`, `model.safetensors` or shards with their index,
 * `tokenizer.json` if there is one), a `.safetensors` file, or a `.gguf` file. Only headers are read; they are checked
 * in full, so a damaged, cut or hostile file ends here in one error and takes no more memory than it has bytes.
 *
 * Names, shapes and the order of rows are Hugging Face's: GGUF's names are mapped, its axes reversed, its rotary rows
 * put back, its config derived from metadata. Values come as float32 whatever they were stored as; a quantised file's
 * values are only near the original's.
 *
 * @returns A {@link Checkpoint} to `close()` when done.
 * @throws {VptError} When the file is damaged, is a pickle, or is of a kind we do not read.
 * @example
 * ```ts
 * const checkpoint = await readCheckpoint(await resolveModel("smollm2"));
 * const { shape } = await checkpoint.tensor("model.embed_tokens.weight"); // [49152, 576]
 * await checkpoint.close();
 * ```
 * @category checkpoints
 */
export const readCheckpoint = async (path: string): Promise<Checkpoint> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new VptError(`${path}: no such file or folder. resolveModel() finds models by name.`);
  return found.isDirectory() ? readFolder(path) : readFile(path);
};

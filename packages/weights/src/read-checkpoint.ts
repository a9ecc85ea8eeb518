import { stat } from "node:fs/promises";
import { VptError } from "@vpt/core";
import type { Checkpoint } from "./checkpoint.js";
import { openGguf } from "./gguf/open-gguf.js";
import { openFile } from "./internal/byte-source.js";

/**
 * Opens a checkpoint: a folder in Hugging Face's layout, a `.safetensors` file or a `.gguf` file.
 */
export const readCheckpoint = async (path: string): Promise<Checkpoint> => {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new VptError(`${path}: no such file or folder.`);
  const source = await openFile(path);
  try {
    return await openGguf(source);
  } catch (error) {
    await source.close();
    throw error;
  }
};

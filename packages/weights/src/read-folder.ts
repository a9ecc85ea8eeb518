import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import type { Checkpoint, TokenizerFiles } from "./checkpoint.js";
import { openFile } from "./internal/byte-source.js";
import { fileKind } from "./internal/file-kind.js";
import { makeCheckpoint } from "./internal/make-checkpoint.js";
import { readJsonIfPresent } from "./internal/read-json.js";
import { openSafetensors } from "./safetensors/open-safetensors.js";
import { openShards } from "./safetensors/open-shards.js";

/** A folder's tokenizer, or null when it has no `tokenizer.json`. */
export const readTokenizerFiles = async (folder: string): Promise<TokenizerFiles | null> => {
  const tokenizer = await readJsonIfPresent(join(folder, "tokenizer.json"));
  if (tokenizer === undefined) return null;
  const config = (await readJsonIfPresent(join(folder, "tokenizer_config.json"))) ?? {};
  const template = await readFile(join(folder, "chat_template.jinja"), "utf8").catch(() => undefined);
  return {
    kind: "hugging-face",
    tokenizer,
    config: template === undefined ? config : { ...config, chat_template: template },
  };
};

const openWeights = async (folder: string) => {
  const index = await readJsonIfPresent(join(folder, "model.safetensors.index.json"));
  if (index !== undefined) return openShards(folder, index);
  const files = await readdir(folder);
  if (!files.includes("model.safetensors")) {
    const other = files.find((name) => /\.(bin|pt|pth|ckpt|gguf)$/.test(name));
    if (other !== undefined && !other.endsWith(".gguf")) await refusePickle(join(folder, other));
    const advice = other?.endsWith(".gguf") ? ` Pass the path of ${other} itself.` : "";
    throw new VptError(`${folder}: expected model.safetensors or model.safetensors.index.json in it.${advice}`);
  }
  const source = await openFile(join(folder, "model.safetensors"));
  const close = (): Promise<void> => source.close();
  try {
    await fileKind(source);
    return { ...(await openSafetensors(source)), close };
  } catch (error) {
    await close();
    throw error;
  }
};

const refusePickle = async (path: string): Promise<void> => {
  const source = await openFile(path);
  try {
    await fileKind(source);
  } finally {
    await source.close();
  }
};

/**
 * Opens a folder in Hugging Face's layout: `config.json`, one or several safetensors files, a tokenizer if there is
 * one.
 */
export const readFolder = async (folder: string): Promise<Checkpoint> => {
  const config = await readJsonIfPresent(join(folder, "config.json"));
  if (config === undefined)
    throw new VptError(
      `${folder}: expected config.json in it. Pass a model's folder, or a .safetensors or .gguf file.`,
    );
  const tokenizer = await readTokenizerFiles(folder);
  const { entries, metadata, close } = await openWeights(folder);
  return makeCheckpoint({ path: folder, config, metadata, tokenizer, entries, close });
};

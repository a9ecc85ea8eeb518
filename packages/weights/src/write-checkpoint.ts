import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { VptError, type Params } from "@vpt/contracts";
import type { ModelConfig, TokenizerFiles } from "./checkpoint.js";
import { orRemove, publish, syncPath, writeSynced } from "./internal/durable.js";
import { writeSafetensors } from "./safetensors/write-safetensors.js";

export interface WriteCheckpointOptions {
  /** Goes into `config.json`; `torch_dtype` is set to what is stored. */
  readonly config: ModelConfig;
  readonly params: Params;
  readonly tokenizer?: TokenizerFiles | null;
  /** Goes into the weights' `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Default `f32`. */
  readonly dtype?: "f32" | "bf16";
  /** Replace a checkpoint that is there already; default false: a folder that is not empty is an error. */
  readonly replace?: boolean;
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeSynced(path, [new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)]);

/**
 * The files of the folder that `path` names, undefined when there is none. Refuses to replace what is not a checkpoint.
 */
const checkTarget = async (path: string, replace: boolean): Promise<boolean> => {
  const files = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new VptError(`${path}: expected a folder or nothing there (${error.code}).`);
  });
  if (files === undefined || files.length === 0) return false;
  if (!replace) throw new VptError(`${path}: there is something already. Pass replace: true, or another folder.`);
  if (!files.includes("config.json"))
    throw new VptError(
      `${path}: has no config.json, so it is not a checkpoint and is not replaced. Choose another folder.`,
    );
  return true;
};

/**
 * Writes a checkpoint in Hugging Face's layout, which Python's transformers loads: `config.json`, `model.safetensors`,
 * and `tokenizer.json` with `tokenizer_config.json` when a tokenizer is given. Atomic: everything is written and synced
 * in a folder beside the target and renamed as a whole; a failure leaves the target as it was. Params stay the
 * caller's.
 *
 * @throws {VptError} When the folder is not empty (see `replace`), or a tensor's dtype cannot be stored.
 * @example
 * ```ts
 * await writeCheckpoint("runs/a/model", { config: checkpoint.config, params, dtype: "bf16" });
 * ```
 * @category checkpoints
 */
export const writeCheckpoint = async (
  folder: string,
  { config, params, tokenizer = null, metadata = {}, dtype = "f32", replace = false }: WriteCheckpointOptions,
): Promise<void> => {
  const target = resolve(folder);
  const occupied = await checkTarget(target, replace);
  await mkdir(dirname(target), { recursive: true });
  const work = `${target}.saving-${randomUUID()}`;
  await mkdir(work); // not whose folder only its owner may read
  await orRemove(work, async () => {
    const { dtype: _, ...rest } = config; // transformers 5 calls it dtype, 4 torch_dtype; both read the latter
    await writeJson(join(work, "config.json"), { ...rest, torch_dtype: dtype === "bf16" ? "bfloat16" : "float32" });
    if (tokenizer !== null) {
      await writeJson(join(work, "tokenizer.json"), tokenizer.tokenizer);
      await writeJson(join(work, "tokenizer_config.json"), tokenizer.config);
    }
    await writeSafetensors(join(work, "model.safetensors"), params, { dtype, metadata: { format: "pt", ...metadata } });
    await syncPath(work);
    const old = `${work}.old`;
    if (occupied) await rename(target, old);
    await publish(work, target).catch(async (error: unknown) => {
      if (occupied) await rename(old, target);
      throw error;
    });
    if (occupied) await rm(old, { recursive: true, force: true });
  });
};

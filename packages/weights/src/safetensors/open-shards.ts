import { join } from "node:path";
import { VptError } from "@vpt/contracts";
import { openFile, type ByteSource } from "../internal/byte-source.js";
import type { Entry } from "../internal/make-checkpoint.js";
import { quote } from "../internal/quote.js";
import { openSafetensors, type SafetensorsFile } from "./open-safetensors.js";

interface Shards extends SafetensorsFile {
  close(): Promise<void>;
}

const readIndex = (
  index: Readonly<Record<string, unknown>>,
  path: string,
): { map: ReadonlyMap<string, string>; totalSize: unknown } => {
  const { weight_map: weights, metadata } = index;
  if (typeof weights !== "object" || weights === null || Array.isArray(weights))
    throw new VptError(`${path}: expected "weight_map", an object.`);
  const map = new Map<string, string>();
  for (const [name, file] of Object.entries(weights)) {
    if (typeof file !== "string" || !/^[A-Za-z0-9_-][A-Za-z0-9_.-]*\.safetensors$/.test(file)) {
      throw new VptError(
        `${path}: tensor ${quote(name)} is said to be in ${quote(String(file))}, expected the plain name ` +
          "of a .safetensors file beside it.",
      );
    }
    map.set(name, file);
  }
  return { map, totalSize: (metadata as { total_size?: unknown } | null | undefined)?.total_size };
};

/**
 * Opens every file that `model.safetensors.index.json` names, and checks that each weight is in its file and only
 * there.
 */
export const openShards = async (folder: string, index: Readonly<Record<string, unknown>>): Promise<Shards> => {
  const path = join(folder, "model.safetensors.index.json");
  const { map, totalSize } = readIndex(index, path);
  const sources: ByteSource[] = [];
  const close = async (): Promise<void> => void (await Promise.all(sources.map((source) => source.close())));
  try {
    const entries = new Map<string, Entry>();
    const metadata: Record<string, string> = {};
    let bytes = 0;
    for (const file of new Set(map.values())) {
      const source = await openFile(join(folder, file));
      sources.push(source);
      const shard = await openSafetensors(source);
      for (const [name, entry] of shard.entries) {
        if (map.get(name) !== file)
          throw new VptError(
            `${path}: ${file} holds tensor ${quote(name)}, which the index places in ${map.get(name) ?? "no file"}.`,
          );
        entries.set(name, entry);
      }
      Object.assign(metadata, shard.metadata);
      bytes += shard.totalSize;
    }
    const missing = [...map].find(([name]) => !entries.has(name));
    if (missing !== undefined)
      throw new VptError(
        `${path}: tensor ${quote(missing[0])} is not in ${missing[1]}. Fetch the files again, all of one revision.`,
      );
    if (totalSize !== undefined && totalSize !== bytes)
      throw new VptError(`${path}: total_size is ${String(totalSize)}, the files hold ${bytes} bytes of tensors.`);
    return { entries, metadata, totalSize: bytes, close };
  } catch (error) {
    await close();
    throw error;
  }
};

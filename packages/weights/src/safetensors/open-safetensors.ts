import type { ByteSource } from "../internal/byte-source.js";
import type { Entry } from "../internal/make-checkpoint.js";
import { dtypes } from "./dtypes.js";
import { readSafetensorsHeader } from "./header.js";

/** The tensors of one safetensors file, read on demand. */
export interface SafetensorsFile {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of all tensors. */
  readonly totalSize: number;
}

/** Reads a file's header. The caller closes `source`, after the last read. */
export const openSafetensors = async (source: ByteSource): Promise<SafetensorsFile> => {
  const { tensors, metadata } = await readSafetensorsHeader(source);
  const entries = new Map<string, Entry>();
  let totalSize = 0;
  for (const [name, { dtype, shape, begin, end }] of tensors) {
    totalSize += end - begin;
    const read = async () => ({ data: dtypes.get(dtype)!.toFloat32(await source.read(begin, end)), shape, dtype });
    entries.set(name, { shape, read });
  }
  return { entries, metadata, totalSize };
};

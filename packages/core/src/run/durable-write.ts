import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Flushes a file or a folder's entries to the disk. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Writes a whole file or nothing: temporary sibling, fsync, rename, fsync of the folder.
 *
 * @example
 * ```ts
 * import { writeDurably } from "@vpt/core/run";
 *
 * await writeDurably("runs/a/config.json", JSON.stringify({ steps: 100 }));
 * ```
 */
export async function writeDurably(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await flush(dirname(path));
}

import { open, stat } from "node:fs/promises";
import { VptError } from "@vpt/contracts";
import type { AsyncBuffer } from "hyparquet";

/**
 * A file as the parquet library reads it. Opened for each slice, so nothing needs closing; a slice stays inside the
 * file.
 */
export const fileBuffer = async (path: string): Promise<AsyncBuffer> => {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new VptError(`${path}: cannot be opened (${error.code ?? error.message}). Check the path.`);
  });
  const read = async (start: number, end: number): Promise<ArrayBuffer> => {
    if (!(start >= 0 && start <= end && end <= size)) throw new Error(`bytes ${start} to ${end} of ${size}`);
    const bytes = new Uint8Array(end - start);
    const handle = await open(path, "r");
    try {
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw new Error("the file ended early");
        filled += bytesRead;
      }
    } finally {
      await handle.close();
    }
    return bytes.buffer;
  };
  return { byteLength: size, slice: (start, end = size) => read(start, end) };
};

import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** Makes what was written to a file, or the list of a folder's entries, survive a power cut. */
export const syncPath = async (path: string): Promise<void> => {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Writes one file and syncs it, so that a later rename publishes whole contents. */
export const writeSynced = async (
  path: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> => {
  const handle = await open(path, "wx");
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;)
        at += (await handle.write(chunk, at, Math.min(chunk.length - at, 2 ** 30))).bytesWritten;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** Gives `from` its final name and syncs the folder that holds it: after a crash it is there whole, or not at all. */
export const publish = async (from: string, to: string): Promise<void> => {
  await rename(from, to);
  await syncPath(dirname(resolve(to)));
};

/** Runs `work`; when it fails, removes `path` before passing the error on. */
export const orRemove = async (path: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    await rm(path, { recursive: true, force: true }).catch(() => {}); // the first error says more
    throw error;
  }
};

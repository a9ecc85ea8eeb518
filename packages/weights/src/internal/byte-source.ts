import { open } from "node:fs/promises";
import { VptError } from "@vpt/contracts";

/** Random access to bytes whose number is known before anything is read. */
export interface ByteSource {
  /** What error messages call it: a path. */
  readonly name: string;
  readonly size: number;
  /**
   * Bytes [begin, end). Asking for bytes past the end is an error, so nothing larger than the file is ever allocated.
   */
  read(begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

const checkRange = (source: Pick<ByteSource, "name" | "size">, begin: number, end: number): void => {
  if (begin >= 0 && begin <= end && end <= source.size) return;
  throw new VptError(
    `${source.name}: bytes ${begin} to ${end} asked for, the file has ${source.size}. It is cut short: fetch it again.`,
  );
};

/** Opens a file; every read is one `pread`. The caller closes it. */
export const openFile = async (path: string): Promise<ByteSource> => {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    throw new VptError(
      `${path}: cannot be opened (${error.code ?? error.message}). Check the path and its permissions.`,
    );
  });
  const stat = await handle.stat();
  if (!stat.isFile()) {
    await handle.close();
    throw new VptError(`${path}: expected a file, found something else.`);
  }
  const name = path;
  const { size } = stat;
  return {
    name,
    size,
    async read(begin, end) {
      checkRange({ name, size }, begin, end);
      const bytes = new Uint8Array(end - begin);
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(bytes.length - at, 2 ** 30), begin + at);
        if (bytesRead === 0)
          throw new VptError(
            `${path}: ends at byte ${begin + at}, it was longer when opened. It changed while being read.`,
          );
        at += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
};

/** Bytes that are already in memory, for tests and for data that came another way. */
export const bytesInMemory = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.length,
  async read(begin, end) {
    checkRange({ name, size: bytes.length }, begin, end);
    return Uint8Array.from(bytes.subarray(begin, end)); // a Buffer's own slice would share its pool
  },
  async close() {},
});

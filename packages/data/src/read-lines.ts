import { open } from "node:fs/promises";
import { VptError } from "@vpt/contracts";

/** One line's bytes, without its newline, and where the next one starts. `tooLong` lines come empty. */
export interface Line {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly tooLong: boolean;
}

/**
 * Reads a file line by line from any byte on, in chunks. The file is opened for each chunk only, so nothing needs
 * closing. Memory: one chunk and one line of at most `longestLine` bytes.
 */
export const createLineReader = (path: string, { chunkBytes = 2 ** 20, longestLine = 2 ** 24 } = {}) => {
  let chunk = new Uint8Array(0);
  let chunkAt = 0; // where the chunk starts in the file
  let size: number | undefined;

  const load = async (at: number): Promise<void> => {
    const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      throw new VptError(`${path}: cannot be opened (${error.code ?? error.message}). Check the path.`);
    });
    try {
      const now = (await handle.stat()).size;
      if (size !== undefined && now !== size)
        throw new VptError(
          `${path}: has ${now} bytes, had ${size} when its place was saved or it was first read. It has ` +
            "changed; start over.",
        );
      size = now;
      const bytes = new Uint8Array(Math.min(chunkBytes, Math.max(0, size - at)));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, at);
      chunk = bytes.subarray(0, bytesRead);
      chunkAt = at;
    } finally {
      await handle.close();
    }
  };

  return {
    /** The file's size, once something was read; it must not change afterwards. */
    size: () => size,
    expectSize(bytes: number | undefined): void {
      size = bytes;
      chunk = new Uint8Array(0);
    },
    /** The line that starts at byte `at`, or undefined at the file's end. */
    async read(at: number): Promise<Line | undefined> {
      const pieces: Uint8Array[] = [];
      let length = 0;
      for (let from = at; ;) {
        if (from < chunkAt || from >= chunkAt + chunk.length) await load(from);
        if (chunk.length === 0 || from >= chunkAt + chunk.length) {
          if (from === at) return undefined;
          return {
            bytes: length > longestLine ? new Uint8Array(0) : Buffer.concat(pieces),
            end: from,
            tooLong: length > longestLine,
          };
        }
        const start = from - chunkAt;
        const newline = chunk.indexOf(10, start);
        const piece = chunk.subarray(start, newline < 0 ? chunk.length : newline);
        length += piece.length;
        if (length <= longestLine) pieces.push(piece);
        else pieces.length = 0;
        from += piece.length;
        if (newline >= 0) {
          const tooLong = length > longestLine;
          return {
            bytes: tooLong ? new Uint8Array(0) : pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces),
            end: from + 1,
            tooLong,
          };
        }
      }
    },
  };
};

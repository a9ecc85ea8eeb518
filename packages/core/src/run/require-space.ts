import { statfsSync } from "node:fs";
import { VptError } from "@vpt/contracts";

/**
 * Throws unless the disk of `folder` has `bytes` free: half a checkpoint helps nobody. A disk that does not say is
 * taken at its word.
 */
export function requireSpace(folder: string, bytes: number, freeBytes = freeBytesOf): void {
  const free = freeBytes(folder);
  if (free === undefined || free >= bytes) return;
  throw new VptError(
    `${folder}: a checkpoint needs ${megabytes(bytes)}, and the disk has ${megabytes(free)} free; ` +
      "make room or choose another --out, then go on with --resume",
  );
}

/** `12.3 MB`. */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function freeBytesOf(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

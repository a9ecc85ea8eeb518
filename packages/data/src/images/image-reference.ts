import { open, readFile } from "node:fs/promises";

/**
 * Where an encoded image lies: a file, or a stretch of an uncompressed tar. Plain data, so that any thread can read it.
 */
export interface ImageReference {
  /** What it is called in messages: its path under the root, or its name in the tar. */
  readonly name: string;
  readonly path: string;
  /** Bytes before it, in a tar. */
  readonly offset?: number;
  readonly size?: number;
}

/**
 * The encoded bytes that a reference names.
 * @example
 * ```ts
 * const image = await decodeImage(await readReference(references[0]!));
 * ```
 * @category images
 */
export async function readReference({ path, offset, size }: ImageReference): Promise<Uint8Array> {
  if (offset === undefined || size === undefined) return readFile(path);
  const file = await open(path);
  try {
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

import type { Compressors } from "hyparquet";
import { compressors } from "hyparquet-compressors";

/**
 * The library's decompressors, none of which may be asked for more than `bytes` in all: what a page claims to hold is
 * refused before it is unpacked.
 */
export const boundedCompressors = (bytes: number): Compressors => {
  let left = bytes;
  const entries = Object.entries(compressors).map(([name, decompress]) => [
    name,
    (input: Uint8Array, length: number): Uint8Array => {
      if (!(length >= 0 && length <= left)) throw new Error(`a page of ${length} bytes; at most ${left} may follow`);
      left -= length;
      return decompress(input, length);
    },
  ]);
  return Object.fromEntries(entries) as Compressors;
};

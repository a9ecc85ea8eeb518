import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { boundedCompressors } from "./bounded-compressors.js";

// Method 11, row 13: a small file may claim, or unpack to, far more than memory holds.
const zeros = new Uint8Array(1 << 20);
const bombs = { GZIP: gzipSync(zeros), BROTLI: brotliCompressSync(zeros) };

describe.each(Object.entries(bombs))("%s", (name, packed) => {
  it("unpacks up to the bound, over all pages together, and no further", () => {
    const unpack = boundedCompressors(2.5 * zeros.length)[name as "GZIP"]!;
    expect(packed.length).toBeLessThan(zeros.length / 500);
    expect(unpack(packed, zeros.length).length).toBe(zeros.length);
    expect(unpack(packed, zeros.length).length).toBe(zeros.length);
    expect(() => unpack(packed, zeros.length)).toThrow(/a page of 1048576 bytes; at most 524288 may follow/);
  });

  it.each([-1, NaN, 2 ** 40, Infinity])("refuses a page of %s bytes", (length) => {
    expect(() => boundedCompressors(2 ** 31)[name as "GZIP"]!(packed, length)).toThrow(/may follow/);
  });
});

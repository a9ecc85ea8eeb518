import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomFromSeed, VptError, type Random } from "@vpt/contracts";
import { afterAll, describe, expect, it } from "vitest";
import { openGguf } from "./gguf/open-gguf.js";
import { parseGgufHeader } from "./gguf/header.js";
import { bytesInMemory, type ByteSource } from "./internal/byte-source.js";
import { readCheckpoint } from "./read-checkpoint.js";
import { readSafetensorsHeader } from "./safetensors/header.js";

// 4,000 cases of each format by default, about three seconds; VPT_FUZZ_CASES=100000 for the full count.
const cases = Number(process.env["VPT_FUZZ_CASES"] ?? 4000);
/** A busy machine is slow; a hang is still found. */
const patient = { timeout: 60_000 + 10 * cases };
const fixture = (name: string): Uint8Array => readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url));

const scratch = mkdtempSync(join(tmpdir(), "vpt-weights-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A source that counts the bytes it hands out at once. */
const counted = (bytes: Uint8Array): ByteSource & { largest: number } => {
  const inner = bytesInMemory("hostile", bytes);
  const source = {
    ...inner,
    largest: 0,
    read: (begin: number, end: number) => {
      source.largest = Math.max(source.largest, end - begin);
      return inner.read(begin, end);
    },
  };
  return source;
};

const extremes = [0, 1, 0x7f, 0x80, 0xff];
const words = [0n, 1n, 8n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n, 2n ** 64n - 1n];

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.concat([a, b]));

/** One to four changes: a bit, a byte, a 64-bit length, a piece cut out, doubled or moved, or the end cut off. */
const mutate = (seed: Uint8Array, reach: number, random: Random): Uint8Array<ArrayBuffer> => {
  let bytes = Uint8Array.from(seed);
  for (let change = random.integer(4); change >= 0; change--) {
    const at = random.integer(Math.min(reach, bytes.length));
    const length = 1 + random.integer(16);
    const kind = random.integer(6);
    if (kind === 0) bytes[at]! ^= 1 << random.integer(8);
    else if (kind === 1) bytes[at] = extremes[random.integer(extremes.length)]!;
    else if (kind === 2 && at + 8 <= bytes.length)
      new DataView(bytes.buffer).setBigUint64(at, words[random.integer(words.length)]!, true);
    else if (kind === 3) bytes = joined(bytes.subarray(0, at), bytes.subarray(at + length));
    else if (kind === 4) bytes = joined(bytes.subarray(0, at + length), bytes.subarray(at));
    else bytes = bytes.slice(0, Math.max(1, bytes.length - length));
  }
  return bytes;
};

/** Every outcome is a checked file or one clear error; reads never exceed the file. */
const survive = async (bytes: Uint8Array, open: (source: ByteSource) => Promise<unknown>): Promise<boolean> => {
  const source = counted(bytes);
  try {
    await open(source);
    return true;
  } catch (error) {
    if (!VptError.isInstance(error)) throw new Error(`case ${Buffer.from(bytes).toString("base64")}`, { cause: error });
    expect((error as VptError).message.length).toBeLessThan(2000);
    return false;
  } finally {
    expect(source.largest).toBeLessThanOrEqual(bytes.length);
  }
};

// The tiny llama's data is as large as it must be to be valid, so only the header in front of it is changed.
const gguf = fixture("tiny-llama.gguf");
const headerBytes = gguf.length - 15_500;

describe("hostile files end in one clear error", () => {
  it(`safetensors, ${cases} mutations`, patient, async () => {
    const seed = fixture("every-dtype.safetensors");
    const random = randomFromSeed(0, "safetensors");
    let accepted = 0;
    for (let i = 0; i < cases; i++)
      if (await survive(mutate(seed, seed.length, random), readSafetensorsHeader)) accepted++;
    expect(accepted).toBeLessThan(cases / 2); // changed values and names are fine; most changes are not
  });

  it(`GGUF, ${cases} mutations`, patient, async () => {
    const random = randomFromSeed(0, "gguf");
    for (let i = 0; i < cases; i++) {
      await survive(mutate(gguf, headerBytes, random), async (source) => {
        const checkpoint = await openGguf(source);
        await checkpoint.tensor(checkpoint.names()[0]!);
      });
    }
  });

  it("GGUF cut at every byte of its header, and with each bit of it flipped", patient, async () => {
    for (let length = 0; length < headerBytes; length++) {
      const accepted = await survive(gguf.subarray(0, length), openGguf);
      expect(accepted).toBe(false);
    }
    for (let bit = 0; bit < headerBytes * 8; bit += cases > 10_000 ? 1 : 7) {
      const bytes = Uint8Array.from(gguf);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      await survive(bytes, openGguf);
    }
  });

  it("random bytes after a right magic number", patient, async () => {
    const random = randomFromSeed(0, "noise");
    for (let i = 0; i < cases; i++) {
      const bytes = Uint8Array.from({ length: 24 + random.integer(200) }, () => random.integer(256));
      bytes.set([0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0]);
      await survive(bytes, openGguf);
    }
  });

  it("from disk as from memory", async () => {
    const random = randomFromSeed(1, "disk");
    for (const name of ["every-dtype.safetensors", "tiny-llama.gguf"]) {
      const path = join(scratch, name);
      for (let i = 0; i < 100; i++) {
        writeFileSync(path, mutate(fixture(name), 800, random));
        await readCheckpoint(path).then(
          (checkpoint) => checkpoint.close(),
          (error) => expect(VptError.isInstance(error)).toBe(true),
        );
      }
    }
  });
});

/** A GGUF header with one metadata entry, as bytes. */
const header = (type: number, value: readonly number[], { tensors = 0, entries = 1 } = {}): Uint8Array => {
  const count = (n: number) => [...new Uint8Array(BigUint64Array.of(BigInt(n)).buffer)];
  return Uint8Array.of(
    0x47,
    0x47,
    0x55,
    0x46,
    3,
    0,
    0,
    0,
    ...count(tensors),
    ...count(entries),
    ...count(1),
    0x6b,
    type,
    0,
    0,
    0,
    ...value,
  );
};
const huge = [255, 255, 255, 255, 255, 255, 255, 127];

describe("GGUF lengths are held against the file before anything is allocated", () => {
  it.each<[string, Uint8Array, RegExp]>([
    ["a string of 2^63", header(8, huge), /length of "k" is 9223372036854775807, at most 0 fit/],
    ["2^63 numbers", header(9, [4, 0, 0, 0, ...huge]), /length of "k" is 9223372036854775807, at most 0 fit/],
    ["2^63 strings", header(9, [8, 0, 0, 0, ...huge]), /at most 0 fit/],
    ["arrays of arrays", header(9, [9, 0, 0, 0, ...huge]), /items of type 9, which is not a number or a string/],
    ["an unknown value type", header(13, []), /value type 13, expected 0 to 12/],
    [
      "more tensors than fit",
      header(0, [1], { tensors: 2 ** 50 }),
      /number of tensors is 1125899906842624, at most 0 fit/,
    ],
    [
      "more entries than fit",
      header(0, [1], { entries: 2 ** 50 }),
      /number of metadata entries is 1125899906842624, at most 1 fit/,
    ],
    [
      "big-endian or old files",
      Uint8Array.of(0x47, 0x47, 0x55, 0x46, 0, 0, 0, 3),
      /GGUF version 50331648 .*expected 2 or 3/,
    ],
    ["another format", new Uint8Array(16), /expected a GGUF file/],
  ])("%s", (_, bytes, message) => {
    expect(() => parseGgufHeader(bytes, { name: "x.gguf", size: bytes.length })).toThrow(message);
  });
});

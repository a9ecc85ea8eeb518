import { describe, expect, it } from "vitest";
import { bytesInMemory } from "../internal/byte-source.js";
import { readSafetensorsHeader } from "./header.js";

const file = (header: string | Uint8Array, data = 0): Uint8Array => {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
};

const read = (bytes: Uint8Array) => readSafetensorsHeader(bytesInMemory("x.safetensors", bytes));

const entry = (shape: string, begin: number, end: number, dtype = "F32"): string =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe("readSafetensorsHeader", () => {
  it("takes scalars, empty tensors, padding, odd names and metadata", async () => {
    const header =
      `{"__metadata__":{"a":"b"},"__proto__":${entry("[]", 0, 4)},"":${entry("[0,9]", 4, 4)}, ` +
      `"n\\u0022":${entry("[2]", 4, 12)}}   `;
    const { tensors, metadata } = await read(file(header, 12));
    expect([...tensors.keys()]).toEqual(["__proto__", "", 'n"']);
    expect(tensors.get('n"')).toMatchObject({ shape: [2], begin: 8 + header.length + 4 });
    expect(metadata).toEqual({ a: "b" });
    expect((await read(file("{}"))).tensors.size).toBe(0);
  });

  // The reference reader's error list, huggingface/safetensors src/tensor.rs.
  const one = (shape: string, begin: number, end: number, dtype?: string) =>
    file(`{"a":${entry(shape, begin, end, dtype)}}`, 8);
  it.each<[string, Uint8Array, RegExp]>([
    ["no length", new Uint8Array(7), /7 bytes, expected at least 8/],
    [
      "a length beyond the limit",
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128, 123),
      /length is 9223372036854775808, at most 100000000/,
    ],
    ["a length beyond the file", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123, 125), /length is 9, the file has 10 bytes/],
    ["no object", file("[]"), /starts with byte 91/],
    ["an empty header", file(""), /starts with byte none/],
    ["a byte order mark", file("\ufeff{}"), /starts with byte 239/],
    ["broken UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /not JSON in UTF-8/],
    ["broken JSON", file('{"a":'), /not JSON/],
    ["JSON after JSON", file("{}{}"), /not JSON/],
    ["a key twice", file(`{"a":${entry("[]", 0, 4)},"\\u0061" : ${entry("[]", 4, 8)}}`, 8), /has the key "a" twice/],
    [
      "a field twice",
      file('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
      /has the key "dtype" twice/,
    ],
    ["deep nesting", file(`{"a":${"[".repeat(100)}`), /nested deeper than 3/],
    [
      "metadata that is no object of strings",
      file('{"__metadata__":{"a":1}}'),
      /__metadata__ is not an object of strings/,
    ],
    ["an entry that is no object", file('{"a":3}'), /described by a number/],
    ["an unknown dtype", one("[2]", 0, 8, "F4"), /dtype "F4", expected one of F64, F32/],
    ["a negative axis", one("[-1]", 0, 8), /shape that is not a list of whole numbers/],
    ["a fractional axis", one("[1.5]", 0, 8), /shape that is not a list/],
    ["an axis beyond 2^53", one("[9007199254740993]", 0, 8), /shape that is not a list/],
    [
      "an overflowing shape",
      one("[4294967296,4294967296,4294967296]", 0, 8),
      /needs 316912650057057350374175801344 bytes/,
    ],
    ["a shape that disagrees with its offsets", one("[3]", 0, 8), /needs 12 bytes, its offsets span 8/],
    ["offsets the wrong way", one("[2]", 8, 0), /offsets span -8/],
    ["three offsets", file('{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}}', 8), /not two whole numbers/],
    ["a first tensor after the start", one("[1]", 4, 8), /a hole or an overlap/],
    ["a hole", file(`{"a":${entry("[1]", 0, 4)},"b":${entry("[1]", 8, 12)}}`, 12), /a hole or an overlap/],
    ["an overlap", file(`{"a":${entry("[2]", 0, 8)},"b":${entry("[2]", 4, 12)}}`, 12), /a hole or an overlap/],
    ["bytes after the last tensor", one("[1]", 0, 4), /tensors end at byte .*, the file has/],
    ["a tensor beyond the file", one("[3]", 0, 12), /tensors end at byte .*, the file has/],
  ])("refuses %s", async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
    await expect(read(bytes)).rejects.toThrow(/^x\.safetensors: .*fetch or write it again\.$/s);
  });
});

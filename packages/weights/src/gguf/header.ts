import { VptError } from "@vpt/contracts";
import type { ByteSource } from "../internal/byte-source.js";
import { quote } from "../internal/quote.js";
import { Cursor, NeedsMoreBytes } from "./cursor.js";
import { otherQuantizations, quantizations, type Quantization } from "./quantization.js";

/** One metadata value. 64-bit integers are numbers when they are exact as such; booleans in arrays are 0 and 1. */
export type GgufValue = number | bigint | boolean | string | readonly string[] | GgufNumbers;

/** A numeric metadata array. */
export type GgufNumbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** A file's metadata, by the keys of the GGUF specification such as `llama.block_count`. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export interface GgufTensor {
  readonly name: string;
  /** Slowest axis first, as everywhere outside GGUF. */
  readonly shape: readonly number[];
  readonly type: Quantization;
  /** Bytes [begin, end) of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface GgufHeader {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
}

const numericArrays = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Uint8Array,
  undefined,
  undefined,
  BigUint64Array,
  BigInt64Array,
  Float64Array,
] as const;

const exact = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

const readArray = (cursor: Cursor, what: string): GgufValue => {
  const type = cursor.u32(`the item type of ${what}`);
  if (type === 8) {
    const count = cursor.count(`the length of ${what}`, 8);
    const strings: string[] = [];
    for (let i = 0; i < count; i++) strings.push(cursor.string(`an item of ${what}`));
    return strings;
  }
  const Numbers = numericArrays[type];
  if (Numbers === undefined)
    throw cursor.fail(`${what} holds items of type ${type}, which is not a number or a string`);
  const size = Numbers.BYTES_PER_ELEMENT;
  const count = cursor.count(`the length of ${what}`, size);
  return new Numbers(cursor.raw(count, size, what));
};

const readValue = (cursor: Cursor, type: number, what: string): GgufValue => {
  switch (type) {
    case 0:
      return cursor.u8(what);
    case 1:
      return cursor.i8(what);
    case 2:
      return cursor.u16(what);
    case 3:
      return cursor.i16(what);
    case 4:
      return cursor.u32(what);
    case 5:
      return cursor.i32(what);
    case 6:
      return cursor.f32(what);
    case 7:
      return cursor.u8(what) !== 0;
    case 8:
      return cursor.string(what);
    case 9:
      return readArray(cursor, what);
    case 10:
      return exact(cursor.u64(what));
    case 11:
      return exact(cursor.i64(what));
    case 12:
      return cursor.f64(what);
    default:
      throw cursor.fail(`${what} has value type ${type}, expected 0 to 12`);
  }
};

interface RawTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: Quantization;
  readonly offset: number;
  readonly bytes: number;
}

const readTensor = (cursor: Cursor, source: Pick<ByteSource, "name" | "size">): RawTensor => {
  const name = cursor.string("a tensor's name");
  const rank = cursor.u32(`the rank of ${quote(name)}`);
  if (rank > 4) throw cursor.fail(`tensor ${quote(name)} has rank ${rank}, at most 4 is allowed`);
  const dimensions: bigint[] = [];
  for (let i = 0; i < rank; i++) dimensions.push(cursor.u64(`a dimension of ${quote(name)}`));
  if (dimensions.some((each) => each > 2n ** 48n))
    throw cursor.fail(`tensor ${quote(name)} has a dimension beyond 2^48`);
  const typeId = cursor.u32(`the type of ${quote(name)}`);
  const offset = cursor.u64(`the offset of ${quote(name)}`);
  const type = quantizations.get(typeId);
  if (type === undefined) {
    const known = [...quantizations.values()].map((each) => each.name).join(", ");
    const what = otherQuantizations.get(typeId) ?? `number ${typeId}`;
    throw new VptError(
      `${source.name}: tensor ${quote(name)} is stored as ${what}, which is not supported. Use a file ` +
        `quantised as one of ${known}.`,
    );
  }
  const values = dimensions.reduce((product, each) => product * each, 1n);
  if ((dimensions[0] ?? 1n) % BigInt(type.block) !== 0n) {
    throw cursor.fail(
      `tensor ${quote(name)} has rows of ${dimensions[0] ?? 1n} values, expected a multiple of ` +
        `${type.block} for ${type.name}`,
    );
  }
  const bytes = (values / BigInt(type.block)) * BigInt(type.bytes);
  if (bytes > BigInt(source.size) || offset > BigInt(source.size)) {
    throw cursor.fail(`tensor ${quote(name)} claims ${bytes} bytes at offset ${offset}, the file has ${source.size}`);
  }
  return { name, shape: dimensions.map(Number).reverse(), type, offset: Number(offset), bytes: Number(bytes) };
};

const placeTensors = (
  cursor: Cursor,
  raw: readonly RawTensor[],
  alignment: number,
  size: number,
): readonly GgufTensor[] => {
  const start = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = raw.map(({ name, shape, type, offset, bytes }) => {
    const begin = start + offset;
    if (offset % alignment !== 0)
      throw cursor.fail(`tensor ${quote(name)} starts at offset ${offset}, expected a multiple of ${alignment}`);
    if (begin + bytes > size)
      throw cursor.fail(`tensor ${quote(name)} ends at byte ${begin + bytes}, the file has ${size}`);
    return { name, shape, type, begin, end: begin + bytes };
  });
  let end = start;
  for (const tensor of tensors.filter((each) => each.end > each.begin).sort((a, b) => a.begin - b.begin)) {
    if (tensor.begin < end) throw cursor.fail(`tensor ${quote(tensor.name)} overlaps the one before it`);
    end = tensor.end;
  }
  return tensors;
};

const alignmentOf = (metadata: GgufMetadata, cursor: Cursor): number => {
  const value = metadata.get("general.alignment") ?? 32;
  if (typeof value !== "number" || value < 1 || value > 2 ** 30 || (value & (value - 1)) !== 0) {
    throw cursor.fail(`general.alignment is ${String(value)}, expected a power of two`);
  }
  return value;
};

/** Parses a header from the file's first bytes. `source` gives the file's name and full size. */
export const parseGgufHeader = (bytes: Uint8Array, source: Pick<ByteSource, "name" | "size">): GgufHeader => {
  const cursor = new Cursor(bytes, source);
  const magic = cursor.u32("the magic number");
  if (magic !== 0x46554747)
    throw new VptError(`${source.name}: expected a GGUF file, which starts with "GGUF". Check the path.`);
  const version = cursor.u32("the version");
  if (version !== 2 && version !== 3) {
    throw new VptError(
      `${source.name}: GGUF version ${version} (little-endian), expected 2 or 3. Convert it with a newer llama.cpp.`,
    );
  }
  const tensorCount = cursor.count("the number of tensors", 24);
  const metadataCount = cursor.count("the number of metadata entries", 13);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < metadataCount; i++) {
    const key = cursor.string("a metadata key");
    if (metadata.has(key)) throw cursor.fail(`metadata key ${quote(key)} appears twice`);
    metadata.set(key, readValue(cursor, cursor.u32(`the type of ${quote(key)}`), quote(key)));
  }
  const raw: RawTensor[] = [];
  for (let i = 0; i < tensorCount; i++) raw.push(readTensor(cursor, source));
  if (new Set(raw.map(({ name }) => name)).size !== raw.length) throw cursor.fail("two tensors have the same name");
  return { metadata, tensors: placeTensors(cursor, raw, alignmentOf(metadata, cursor), source.size) };
};

/** Reads as much of the file as its header takes, doubling the window, and parses it. */
export const readGgufHeader = async (source: ByteSource): Promise<GgufHeader> => {
  for (let window = 2 ** 22; ;) {
    try {
      return parseGgufHeader(await source.read(0, Math.min(window, source.size)), source);
    } catch (error) {
      if (!(error instanceof NeedsMoreBytes)) throw error;
      window = Math.max(window * 2, error.end);
    }
  }
};

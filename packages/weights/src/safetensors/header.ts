import { VptError } from "@vpt/contracts";
import type { ByteSource } from "../internal/byte-source.js";
import { quote } from "../internal/quote.js";
import { dtypes } from "./dtypes.js";
import { repeatedKeyOrDepth } from "./repeated-key.js";

export interface SafetensorsEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes [begin, end) of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
}

const longestHeader = 100_000_000; // the reference reader's limit

type Fail = (what: string) => VptError;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const parse = (bytes: Uint8Array, fail: Fail): Readonly<Record<string, unknown>> => {
  if (bytes[0] !== 0x7b) throw fail(`the header starts with byte ${bytes[0] ?? "none"}, expected "{"`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const problem = repeatedKeyOrDepth(text, 3);
    if (problem !== undefined) throw fail(`the header ${problem}`);
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (VptError.isInstance(error)) throw error;
    throw fail(`the header is not JSON in UTF-8: ${(error as Error).message}`);
  }
};

const readMetadata = (value: unknown, fail: Fail): Readonly<Record<string, string>> => {
  if (!isObject(value) || Object.values(value).some((each) => typeof each !== "string")) {
    throw fail("__metadata__ is not an object of strings");
  }
  return value as Record<string, string>;
};

const readEntry = (name: string, value: unknown, start: number, fail: Fail): SafetensorsEntry => {
  const what = `tensor ${quote(name)}`;
  if (!isObject(value)) throw fail(`${what} is described by a ${typeof value}, expected an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const known = typeof dtype === "string" ? dtypes.get(dtype) : undefined;
  if (known === undefined)
    throw fail(
      `${what} has dtype ${String(JSON.stringify(dtype)).slice(0, 40)}, expected one of ` +
        `${[...dtypes.keys()].join(", ")}`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount))
    throw fail(`${what} has a shape that is not a list of whole numbers`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw fail(`${what} has data_offsets that are not two whole numbers`);
  const bytes = shape.reduce((product, axis) => product * BigInt(axis), BigInt(known.size));
  const [begin, end] = offsets as [number, number];
  if (BigInt(end) - BigInt(begin) !== bytes) {
    throw fail(
      `${what} of shape [${shape.slice(0, 8).join(", ")}] and ${String(dtype)} needs ${bytes} bytes, ` +
        `its offsets span ${end - begin}`,
    );
  }
  return { dtype: dtype as string, shape: shape as number[], begin: start + begin, end: start + end };
};

/** Every byte after the header belongs to exactly one tensor: no holes, no overlaps, nothing before or after. */
const checkCoverage = (
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  start: number,
  size: number,
  fail: Fail,
): void => {
  let at = start;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at)
      throw fail(`tensor ${quote(name)} starts at byte ${begin}, expected ${at}: there is a hole or an overlap`);
    at = end;
  }
  if (at !== size) throw fail(`the tensors end at byte ${at}, the file has ${size}`);
};

/** Reads and checks a safetensors header; nothing in it is believed before it is held against the file's size. */
export const readSafetensorsHeader = async (source: ByteSource): Promise<SafetensorsHeader> => {
  const fail: Fail = (what) =>
    new VptError(`${source.name}: ${what}. The safetensors file is damaged or cut short: fetch or write it again.`);
  if (source.size < 8) throw fail(`it has ${source.size} bytes, expected at least 8`);
  const length = new DataView((await source.read(0, 8)).buffer).getBigUint64(0, true);
  if (length > BigInt(longestHeader))
    throw fail(`the header's length is ${length}, at most ${longestHeader} is allowed`);
  const start = 8 + Number(length);
  if (start > source.size) throw fail(`the header's length is ${length}, the file has ${source.size} bytes`);
  const { __metadata__: metadata, ...entries } = parse(await source.read(8, start), fail);
  const tensors = new Map(Object.entries(entries).map(([name, value]) => [name, readEntry(name, value, start, fail)]));
  checkCoverage(tensors, start, source.size, fail);
  return { metadata: metadata === undefined ? {} : readMetadata(metadata, fail), tensors };
};

import { inflateSync } from "node:zlib";
import { VptError } from "@vpt/contracts";

const numbers: Readonly<Record<number, readonly [bytes: number, read: (view: DataView, at: number) => number]>> = {
  1: [1, (view, at) => view.getInt8(at)],
  2: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at) => view.getInt16(at, true)],
  4: [2, (view, at) => view.getUint16(at, true)],
  5: [4, (view, at) => view.getInt32(at, true)],
  6: [4, (view, at) => view.getUint32(at, true)],
  7: [4, (view, at) => view.getFloat32(at, true)],
  9: [8, (view, at) => view.getFloat64(at, true)],
};
const [matrix, compressed] = [14, 15];
/** Largest block after unpacking; a few bytes may claim gigabytes. */
const maximumBytes = 2 ** 26;

/**
 * The real numeric arrays of a MATLAB v5 file by name, such as `trainNdxs` and `testNdxs` of NYUv2's `splits.mat` (v7.3
 * files are HDF5, see `openHdf5`). Values in MATLAB's order, column after column; other kinds of variables are left
 * out.
 *
 * @throws {VptError} When the bytes are no such file or are torn.
 * @example
 * ```ts
 * const { testNdxs } = readMat5(await readFile("splits.mat"));
 * ```
 * @see MathWorks, MAT-File Format, level 5
 * @category hdf5
 */
export function readMat5(bytes: Uint8Array): Readonly<Record<string, Float64Array>> {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 128));
  if (!text.startsWith("MATLAB 5.0") || text.slice(126) !== "IM")
    throw new VptError("readMat5: no little-endian MATLAB v5 file; a v7.3 file is HDF5, see openHdf5");
  const found: Record<string, Float64Array> = Object.create(null) as Record<string, Float64Array>;
  try {
    for (const element of elements(bytes.subarray(128))) {
      const [inner] =
        element.type === compressed
          ? elements(inflateSync(element.data, { maxOutputLength: maximumBytes }))
          : [element];
      if (inner?.type !== matrix) continue;
      const [flags, , name, values] = elements(inner.data);
      const kind = flags!.data[0]!;
      const isNumeric = kind >= 6 && kind <= 13 && (flags!.data[1]! & 8) === 0; // double to uint32, not complex
      if (isNumeric) found[new TextDecoder("latin1").decode(name!.data)] = numbersOf(values!);
    }
  } catch (error) {
    throw new VptError(`readMat5: the file is torn: ${(error as Error).message}`);
  }
  return found;
}

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
}

/**
 * Data elements one after the other: 8 bytes of type and length, or 4 when 4 bytes hold all data; padded to 8 but for
 * packed ones.
 */
function* elements(bytes: Uint8Array): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const word = view.getUint32(at, true);
    const isSmall = word >>> 16 !== 0;
    const [type, length] = isSmall ? [word & 0xffff, word >>> 16] : [word, view.getUint32(at + 4, true)];
    const start = at + (isSmall ? 4 : 8);
    if (start + length > bytes.length) throw new RangeError(`an element of ${length} bytes leaves it`);
    yield { type, data: bytes.subarray(start, start + length) };
    at = isSmall ? at + 8 : start + (type === compressed ? length : Math.ceil(length / 8) * 8);
  }
}

function numbersOf({ type, data }: Element): Float64Array {
  const known = numbers[type];
  if (!known) throw new RangeError(`numbers of an unknown type ${type}`);
  const [size, read] = known;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float64Array.from({ length: Math.floor(data.length / size) }, (_, i) => read(view, i * size));
}

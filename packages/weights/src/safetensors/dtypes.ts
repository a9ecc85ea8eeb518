import { halfTable } from "../internal/half.js";

interface Dtype {
  readonly size: number;
  /** Values of little-endian bytes that start at a multiple of `size`. */
  toFloat32(bytes: Uint8Array<ArrayBuffer>): Float32Array;
}

type Numbers = new (buffer: ArrayBuffer, offset: number, length: number) => ArrayLike<number>;

const numbers = (size: number, View: Numbers): Dtype => ({
  size,
  toFloat32: ({ buffer, byteOffset, length }) => Float32Array.from(new View(buffer, byteOffset, length / size)),
});

const halves = (value: (bits: number) => number): Dtype => ({
  size: 2,
  toFloat32: ({ buffer, byteOffset, length }) => {
    const bits = new Uint16Array(buffer, byteOffset, length / 2);
    const out = new Float32Array(bits.length);
    for (let i = 0; i < out.length; i++) out[i] = value(bits[i]!);
    return out;
  },
});

/** A bfloat16 is the upper half of a float32: no arithmetic, only a shift. */
const bfloat16: Dtype = {
  size: 2,
  toFloat32: ({ buffer, byteOffset, length }) => {
    const bits = new Uint16Array(buffer, byteOffset, length / 2);
    const words = new Uint32Array(bits.length);
    for (let i = 0; i < words.length; i++) words[i] = bits[i]! << 16;
    return new Float32Array(words.buffer);
  },
};

const bigs = (View: BigInt64ArrayConstructor | BigUint64ArrayConstructor): Dtype => ({
  size: 8,
  toFloat32: ({ buffer, byteOffset, length }) => Float32Array.from(new View(buffer, byteOffset, length / 8), Number),
});

/**
 * The safetensors types that are read, by their names in the header. Whole numbers above 2^24 round, as float32 does.
 */
export const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ["F64", numbers(8, Float64Array)],
  ["F32", { size: 4, toFloat32: ({ buffer, byteOffset, length }) => new Float32Array(buffer, byteOffset, length / 4) }],
  ["F16", halves((bits) => halfTable()[bits]!)],
  ["BF16", bfloat16],
  ["I64", bigs(BigInt64Array)],
  ["U64", bigs(BigUint64Array)],
  ["I32", numbers(4, Int32Array)],
  ["U32", numbers(4, Uint32Array)],
  ["I16", numbers(2, Int16Array)],
  ["U16", numbers(2, Uint16Array)],
  ["I8", numbers(1, Int8Array)],
  ["U8", numbers(1, Uint8Array)],
  ["BOOL", numbers(1, Uint8Array)],
]);

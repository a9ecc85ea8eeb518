const words = new Uint32Array(1);
const float = new Float32Array(words.buffer);

let table: Float32Array | undefined;

const decodeHalf = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** The 65,536 values of a half-precision float, indexed by its bits: 256 KiB, made on first use. */
export const halfTable = (): Float32Array =>
  (table ??= Float32Array.from({ length: 65536 }, (_, half) => decodeHalf(half)));

/** A bfloat16's 16 bits as a number: the upper half of a float32. */
export const fromBfloat16 = (bits: number): number => {
  words[0] = bits << 16;
  return float[0]!;
};

/** The bfloat16 nearest to each value, ties to even; NaN stays NaN. */
export const toBfloat16 = (values: Float32Array): Uint16Array => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const word = bits[i]!;
    const nan = (word & 0x7fffffff) > 0x7f800000;
    out[i] = nan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return out;
};

import { fromBfloat16, halfTable } from "../internal/half.js";
import type { Quantization } from "./quantization.js";

// Layouts as in ggml-common.h and gguf-py's quants.py; each is checked bit for bit against gguf.dequantize.
// A step unpacks one block: `at` is its first byte, `to` its first value. Half floats come from `half`, a table by
// bits.
type Unpack = (bytes: Uint8Array, at: number, out: Float32Array, to: number, half: Float32Array) => void;

const halfAt = (bytes: Uint8Array, at: number, half: Float32Array): number => half[bytes[at]! | (bytes[at + 1]! << 8)]!;

const q4_0: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at, half);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 2 + i]!;
    out[to + i] = scale * ((byte & 15) - 8);
    out[to + 16 + i] = scale * ((byte >> 4) - 8);
  }
};

const q4_1: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at, half);
  const least = halfAt(bytes, at + 2, half);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[at + 4 + i]!;
    out[to + i] = scale * (byte & 15) + least;
    out[to + 16 + i] = scale * (byte >> 4) + least;
  }
};

/** Q5 blocks: nibbles as in Q4, the fifth bits of all 32 values together in four bytes at `high`. */
const five = (
  bytes: Uint8Array,
  high: number,
  out: Float32Array,
  to: number,
  value: (stored: number) => number,
): void => {
  const fifth = bytes[high]! | (bytes[high + 1]! << 8) | (bytes[high + 2]! << 16) | (bytes[high + 3]! << 24);
  for (let i = 0; i < 16; i++) {
    const byte = bytes[high + 4 + i]!;
    out[to + i] = value((byte & 15) | (((fifth >>> i) & 1) << 4));
    out[to + 16 + i] = value((byte >> 4) | (((fifth >>> (i + 16)) & 1) << 4));
  }
};

const q5_0: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at, half);
  five(bytes, at + 2, out, to, (stored) => scale * (stored - 16));
};

const q5_1: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at, half);
  const least = halfAt(bytes, at + 2, half);
  five(bytes, at + 4, out, to, (stored) => scale * stored + least);
};

const q8_0: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at, half);
  for (let i = 0; i < 32; i++) out[to + i] = scale * ((bytes[at + 2 + i]! << 24) >> 24);
};

/** Q4_K: 256 values in 8 groups of 32; each group has a 6-bit scale and a 6-bit minimum, packed in 12 bytes. */
const q4_k: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at, half);
  const least = halfAt(bytes, at + 2, half);
  const packed = at + 4;
  for (let group = 0; group < 8; group++) {
    const j = packed + group;
    const factor = group < 4 ? bytes[j]! & 63 : (bytes[j + 4]! & 15) | ((bytes[j - 4]! >> 6) << 4);
    const floor = group < 4 ? bytes[j + 4]! & 63 : (bytes[j + 4]! >> 4) | ((bytes[j]! >> 6) << 4);
    const step = scale * factor;
    const minimum = least * floor;
    const nibbles = at + 16 + (group >> 1) * 32;
    const shift = (group & 1) * 4;
    for (let i = 0; i < 32; i++) out[to + group * 32 + i] = step * ((bytes[nibbles + i]! >> shift) & 15) - minimum;
  }
};

/** Q6_K: 256 values; low nibbles, then two high bits each, then 16 signed scales, then the block's scale. */
const q6_k: Unpack = (bytes, at, out, to, half) => {
  const scale = halfAt(bytes, at + 208, half);
  for (let i = 0; i < 256; i++) {
    const side = i >> 7; // two halves of 128
    const quarter = (i >> 5) & 3;
    const lane = i & 31;
    const low = (bytes[at + side * 64 + (quarter & 1) * 32 + lane]! >> ((quarter >> 1) * 4)) & 15;
    const high = (bytes[at + 128 + side * 32 + lane]! >> (quarter * 2)) & 3;
    const factor = (bytes[at + 192 + (i >> 4)]! << 24) >> 24;
    out[to + i] = scale * factor * ((low | (high << 4)) - 32);
  }
};

const f32: Unpack = (bytes, at, out, to) => {
  out[to] = new DataView(bytes.buffer, bytes.byteOffset).getFloat32(at, true);
};
const f16: Unpack = (bytes, at, out, to, half) => {
  out[to] = halfAt(bytes, at, half);
};
const bf16: Unpack = (bytes, at, out, to) => {
  out[to] = fromBfloat16(bytes[at]! | (bytes[at + 1]! << 8));
};

const unpackers: Readonly<Record<string, Unpack>> = {
  F32: f32,
  F16: f16,
  BF16: bf16,
  Q4_0: q4_0,
  Q4_1: q4_1,
  Q5_0: q5_0,
  Q5_1: q5_1,
  Q8_0: q8_0,
  Q4_K: q4_k,
  Q6_K: q6_k,
};

/** All values of a tensor's bytes as float32. `bytes` holds whole blocks: the header's check saw to that. */
export const dequantize = (
  bytes: Uint8Array<ArrayBuffer>,
  { name, block, bytes: stride }: Quantization,
): Float32Array => {
  if (name === "F32" && bytes.byteOffset % 4 === 0)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const unpack = unpackers[name]!;
  const blocks = bytes.length / stride;
  const out = new Float32Array(blocks * block);
  const half = halfTable();
  for (let i = 0; i < blocks; i++) unpack(bytes, i * stride, out, i * block, half);
  return out;
};

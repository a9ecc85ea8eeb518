import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs";
import type { Params } from "@vpt/core";

/** Float32 tensors of a small safetensors file, read without `@vpt/weights`: a fixture should not test its reader. */
export function readFloats(file: URL): Params {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<
    string,
    { readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(
    entries.map(([name, { shape, data_offsets: offsets }]) => {
      const slice = Uint8Array.from(bytes.subarray(start + offsets[0], start + offsets[1]));
      return [name, tf.tensor(new Float32Array(slice.buffer), [...shape])];
    }),
  );
}

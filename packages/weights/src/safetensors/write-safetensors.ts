import type * as tf from "@tensorflow/tfjs";
import { VptError, type Params } from "@vpt/contracts";
import { orRemove, publish, writeSynced } from "../internal/durable.js";
import { toBfloat16 } from "../internal/half.js";

export interface WriteSafetensorsOptions {
  /** How float32 tensors are stored; `bf16` rounds to nearest, ties to even. Default `f32`. */
  readonly dtype?: "f32" | "bf16";
  /** Goes into `__metadata__`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Stored {
  readonly name: string;
  readonly dtype: "F32" | "BF16" | "I32" | "BOOL";
  readonly size: number;
  readonly tensor: tf.Tensor;
}

const storage = (name: string, tensor: tf.Tensor, dtype: "f32" | "bf16"): Stored => {
  if (tensor.dtype === "float32")
    return dtype === "bf16" ? { name, dtype: "BF16", size: 2, tensor } : { name, dtype: "F32", size: 4, tensor };
  if (tensor.dtype === "int32") return { name, dtype: "I32", size: 4, tensor };
  if (tensor.dtype === "bool") return { name, dtype: "BOOL", size: 1, tensor };
  throw new VptError(`tensor "${name}": dtype ${tensor.dtype} cannot be stored, expected float32, int32 or bool.`);
};

const header = (stored: readonly Stored[], metadata: Readonly<Record<string, string>>): Uint8Array => {
  let at = 0;
  const places = stored.map(({ name, dtype, size, tensor }) => {
    const begin = at;
    at += tensor.size * size;
    return [name, { dtype, shape: tensor.shape, data_offsets: [begin, at] }] as const;
  });
  const sorted = places.sort(([a], [b]) => (a < b ? -1 : 1));
  const sortedMetadata = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(Object.fromEntries([["__metadata__", Object.fromEntries(sortedMetadata)], ...sorted]));
  const json = new TextEncoder().encode(text);
  const padded = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20); // spaces, so that data starts aligned
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(json, 8);
  return padded;
};

const bytesOf = async ({ dtype, tensor }: Stored): Promise<Uint8Array> => {
  const values = (await tensor.data()) as Float32Array | Int32Array | Uint8Array;
  const stored = dtype === "BF16" ? toBfloat16(values as Float32Array) : values;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
};

/**
 * Writes tensors as one safetensors file: float32 as F32 or BF16, int32 as I32, bool as BOOL, keys sorted. Atomic: it
 * is written and synced beside `path`, then renamed, so `path` holds the old file or the whole new one, also after a
 * power cut. Tensors are left alone and downloaded one at a time. The same tensors give the same bytes.
 *
 * @throws {VptError} For a tensor of another dtype.
 * @example
 * ```ts
 * await writeSafetensors("adapter.safetensors", { "lora.A": tf.ones([8, 576]) }, { dtype: "bf16" });
 * ```
 * @category checkpoints
 */
export const writeSafetensors = async (
  path: string,
  params: Params,
  { dtype = "f32", metadata = { format: "pt" } }: WriteSafetensorsOptions = {},
): Promise<void> => {
  const stored = Object.entries(params).map(([name, tensor]) => storage(name, tensor, dtype));
  stored.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1)); // wide types first: every tensor starts aligned
  const work = `${path}.saving-${process.pid}-${performance.now()}`;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield header(stored, metadata);
    for (const each of stored) yield await bytesOf(each);
  };
  await orRemove(work, async () => {
    await writeSynced(work, chunks());
    await publish(work, path);
  });
};

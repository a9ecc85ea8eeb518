import { VptError } from "@vpt/contracts";
import type { Checkpoint, StoredTensor } from "../checkpoint.js";
import type { ByteSource } from "../internal/byte-source.js";
import { makeCheckpoint, type Entry } from "../internal/make-checkpoint.js";
import { quote } from "../internal/quote.js";
import { configFromGguf } from "./config.js";
import { dequantize } from "./dequantize.js";
import { readGgufHeader, type GgufMetadata, type GgufTensor } from "./header.js";
import { huggingFaceName } from "./names.js";
import { unpermuteRotaryRows } from "./unpermute.js";

const read = async (source: ByteSource, { begin, end, type, shape }: GgufTensor): Promise<StoredTensor> => {
  const data = dequantize(await source.read(begin, end), type);
  return { data, shape, dtype: type.name };
};

/** How many heads' rows a tensor holds in interleaved order; undefined when its rows are in plain order. */
const rotaryHeads = (name: string, config: Checkpoint["config"]): number | undefined => {
  if (config["model_type"] !== "llama") return undefined;
  if (/\.attn_q\.(weight|bias)$/.test(name)) return config["num_attention_heads"] as number;
  return /\.attn_k\.(weight|bias)$/.test(name) ? (config["num_key_value_heads"] as number) : undefined;
};

const entriesOf = (
  source: ByteSource,
  tensors: readonly GgufTensor[],
  config: Checkpoint["config"],
): ReadonlyMap<string, Entry> => {
  const entries = new Map<string, Entry>();
  for (const tensor of tensors) {
    const name = huggingFaceName(tensor.name);
    if (name === undefined)
      throw new VptError(
        `${source.name}: tensor ${quote(tensor.name)} has no place in a ${String(config["model_type"])} model.`,
      );
    const { shape } = tensor;
    const heads = rotaryHeads(tensor.name, config);
    if (heads !== undefined && shape[0]! % (2 * heads) !== 0) {
      throw new VptError(
        `${source.name}: tensor ${quote(tensor.name)} has ${shape[0]} rows, expected an even number for ` +
          `each of ${heads} heads.`,
      );
    }
    const plain = (): Promise<StoredTensor> => read(source, tensor);
    const reordered = async (): Promise<StoredTensor> => {
      const stored = await plain();
      return { ...stored, data: unpermuteRotaryRows(stored.data, { heads: heads!, width: shape[1] ?? 1 }) };
    };
    entries.set(name, { shape, read: heads === undefined ? plain : reordered });
  }
  return entries;
};

const freeText = (metadata: GgufMetadata): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...metadata].flatMap(([key, value]) =>
      key.startsWith("general.") && typeof value === "string" ? [[key, value]] : [],
    ),
  );

/** Opens a GGUF language model. Takes over `source`, which the checkpoint's `close` closes. */
export const openGguf = async (source: ByteSource): Promise<Checkpoint> => {
  const header = await readGgufHeader(source);
  const config = configFromGguf(header, source.name);
  const tokenizer = new Map([...header.metadata].filter(([key]) => key.startsWith("tokenizer.")));
  return makeCheckpoint({
    path: source.name,
    config,
    metadata: freeText(header.metadata),
    tokenizer: tokenizer.size === 0 ? null : { kind: "gguf", metadata: tokenizer },
    entries: entriesOf(source, header.tensors, config),
    close: () => source.close(),
  });
};

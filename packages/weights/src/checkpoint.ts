import type { Params } from "@vpt/contracts";

/** What a checkpoint says about its model: the plain object of a Hugging Face `config.json`. */
export type ModelConfig = Readonly<Record<string, unknown>>;

/**
 * Values of one tensor. `dtype` is how the file stored them, such as `"BF16"` or `"Q4_1"`; `data` is always float32.
 */
export interface StoredTensor {
  /** Row-major; belongs to the caller. */
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** A tokenizer as Hugging Face's libraries load it. */
export interface TokenizerFiles {
  readonly kind: "hugging-face";
  /** The parsed `tokenizer.json`. */
  readonly tokenizer: Readonly<Record<string, unknown>>;
  /** The parsed `tokenizer_config.json`, with `chat_template.jinja` put in its place; empty when there is none. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A tokenizer as a GGUF file describes it: the metadata entries whose keys start with `tokenizer.`. */
export interface GgufTokenizer {
  readonly kind: "gguf";
  readonly metadata: ReadonlyMap<string, unknown>;
}

/** Where a tokenizer's definition comes from; `createTokenizer` of `@vpt/lang` takes it. */
export type TokenizerSource = TokenizerFiles | GgufTokenizer;

/**
 * An open checkpoint. Nothing but headers is in memory until a tensor is asked for; `close()` when done.
 * Names and shapes are Hugging Face's, whatever the file's format. A tied head has no `lm_head.weight`.
 */
export interface Checkpoint {
  /** Where it was read from. */
  readonly path: string;
  readonly config: ModelConfig;
  /** Free text of the file: safetensors' `__metadata__`, or GGUF's `general.*` entries. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tokenizer: TokenizerSource | null;
  /** Every tensor's name, sorted. */
  names(): readonly string[];
  /** A tensor's shape, from the header alone. */
  shape(name: string): readonly number[];
  /** Reads one tensor, as float32. */
  tensor(name: string): Promise<StoredTensor>;
  /** Reads the named tensors, all by default, into float32 tfjs tensors that belong to the caller. */
  params(names?: readonly string[]): Promise<Params>;
  close(): Promise<void>;
}

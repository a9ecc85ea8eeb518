import { VptError } from "@vpt/core";
import type { TokenizerFiles } from "@vpt/weights";
import { preTokenizers } from "./pre-tokenizers.js";

const control = 3; // llama.cpp's token types: control tokens are special, user-defined ones are matched whole
const userDefined = 4;

const strings = (metadata: ReadonlyMap<string, unknown>, key: string): readonly string[] => {
  const value = metadata.get(key);
  if (Array.isArray(value)) return value as readonly string[];
  throw new VptError(
    `GGUF tokenizer: metadata "${key}" is ${value === undefined ? "missing" : "not a list"}, ` +
      "expected a list of strings.",
  );
};

/**
 * The `tokenizer.json` and `tokenizer_config.json` that a GGUF file's `tokenizer.*` metadata amounts to, for byte-level
 * BPE (`tokenizer.ggml.model` = `gpt2`: SmolLM2, Qwen2, Llama 3).
 * @throws {VptError} For another kind of tokenizer, an unknown pre-tokenizer, or damaged lists.
 */
export const tokenizerFilesFromGguf = (metadata: ReadonlyMap<string, unknown>): TokenizerFiles => {
  const model = metadata.get("tokenizer.ggml.model");
  if (model !== "gpt2") {
    throw new VptError(
      `GGUF tokenizer: kind ${JSON.stringify(model ?? null)}, expected "gpt2" (byte-level BPE). Use ` +
        "the model's tokenizer.json.",
    );
  }
  const pre = metadata.get("tokenizer.ggml.pre") ?? "default";
  if (typeof pre !== "string" || !Object.hasOwn(preTokenizers, pre)) {
    throw new VptError(
      `GGUF tokenizer: pre-tokenizer ${JSON.stringify(pre)}, expected one of ${Object.keys(preTokenizers).join(", ")}.`,
    );
  }
  const tokens = strings(metadata, "tokenizer.ggml.tokens");
  const merges = strings(metadata, "tokenizer.ggml.merges");
  const types = (metadata.get("tokenizer.ggml.token_type") ?? []) as ArrayLike<number>;
  const added = tokens.flatMap((content, id) => {
    if (types[id] !== control && types[id] !== userDefined) return [];
    return [
      {
        id,
        content,
        special: types[id] === control,
        normalized: false,
        single_word: false,
        lstrip: false,
        rstrip: false,
      },
    ];
  });
  const vocab: Record<string, number> = Object.create(null);
  tokens.forEach((token, id) => (vocab[token] = id));
  const special = (name: string, key: string): Readonly<Record<string, string>> => {
    const id = metadata.get(`tokenizer.ggml.${key}_token_id`);
    const token = typeof id === "number" ? tokens[id] : undefined;
    return token === undefined ? {} : { [`${name}_token`]: token };
  };
  const template = metadata.get("tokenizer.chat_template");
  return {
    kind: "hugging-face",
    tokenizer: {
      version: "1.0",
      added_tokens: added,
      normalizer: pre === "qwen2" ? { type: "NFC" } : null,
      pre_tokenizer: preTokenizers[pre],
      post_processor: beginRule(metadata, tokens),
      decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        type: "BPE",
        vocab,
        merges: merges.map((pair) => pair.split(" ")),
        unk_token: null,
        ignore_merges: pre === "llama-bpe",
      },
    },
    config: {
      tokenizer_class: "PreTrainedTokenizerFast",
      clean_up_tokenization_spaces: false,
      ...special("bos", "bos"),
      ...special("eos", "eos"),
      ...special("pad", "padding"),
      ...special("unk", "unknown"),
      ...(typeof template === "string" ? { chat_template: template } : {}),
    },
  };
};

/** `tokenizer.ggml.add_bos_token` as the rule that `tokenizer.json` would hold. */
const beginRule = (metadata: ReadonlyMap<string, unknown>, tokens: readonly string[]): object | null => {
  const id = metadata.get("tokenizer.ggml.bos_token_id");
  const token = typeof id === "number" ? tokens[id] : undefined;
  if (metadata.get("tokenizer.ggml.add_bos_token") !== true || token === undefined) return null;
  const [begin, text] = [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }];
  const pair = [begin, text, { Sequence: { id: "B", type_id: 1 } }];
  return {
    type: "TemplateProcessing",
    single: [begin, text],
    pair,
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
};

import { Tokenizer as Engine } from "@huggingface/tokenizers";
import { VptError } from "@vpt/core";
import type { TokenizerFiles, TokenizerSource } from "@vpt/weights";
import { tokenizerFiles } from "./tokenizer-files.js";
import { exactPreTokenizer } from "./pre-tokenizers.js";

/** Text to token ids and back. */
export interface Tokenizer {
  /** Ids of `text`; adds no special tokens, but recognises those written out in the text. */
  encode(text: string): number[];
  /** Text of `ids`, special tokens included unless `skipSpecial`. Bytes that are not UTF-8 come out as U+FFFD. */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecial?: boolean }): string;
  /** One more than the highest id. A model's embedding may have more rows: never let those be predicted. */
  readonly vocabularySize: number;
  readonly bos?: number;
  readonly eos?: number;
  readonly pad?: number;
  /** The begin token where the tokenizer itself puts one before a text, as Llama's do; {@link promptIds} keeps it. */
  readonly begin?: number;
  /** A Jinja template; `chatPrompt` renders it. */
  readonly chatTemplate?: string;
  /** What it was made from, as Python loads it: saved with a model. */
  readonly files?: TokenizerFiles;
}

const contentOf = (token: unknown): string | undefined => {
  if (typeof token === "string") return token;
  const content = (token as { readonly content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
};

const templateOf = (template: unknown): string | undefined => {
  if (typeof template === "string") return template;
  if (!Array.isArray(template)) return undefined;
  const named = template as readonly { readonly name?: unknown; readonly template?: unknown }[];
  const chosen = named.find(({ name }) => name === "default")?.template;
  return typeof chosen === "string" ? chosen : undefined;
};

const createEngine = ({ tokenizer, config }: TokenizerFiles): Engine => {
  try {
    const exact = { added_tokens: [], ...tokenizer, pre_tokenizer: exactPreTokenizer(tokenizer["pre_tokenizer"]) };
    return new Engine(exact, {
      ...config,
      clean_up_tokenization_spaces: config["clean_up_tokenization_spaces"] ?? false,
    });
  } catch (error) {
    throw new VptError(`tokenizer.json: cannot be used (${error instanceof Error ? error.message : String(error)}).`);
  }
};

/** The begin token, if the tokenizer's own rule (its post-processor) writes it before a text. */
const beginOf = (engine: Engine, bos: number | undefined): number | undefined => {
  const [first] = engine.encode("a", { add_special_tokens: true }).ids;
  return bos !== undefined && first === bos ? bos : undefined;
};

/**
 * A tokenizer from a checkpoint's own definition: `tokenizer.json`, or a GGUF file's metadata.
 * Ids equal those of Python's tokenizers library, also where JavaScript's `\d` and `\s` mean something else.
 *
 * @throws {VptError} When the definition is damaged or of a kind we do not read.
 * @example
 * ```ts
 * const checkpoint = await readCheckpoint(await resolveModel("smollm2"));
 * const tokenizer = createTokenizer(checkpoint.tokenizer!);
 * tokenizer.decode(tokenizer.encode("2 + 2 = 4")); // "2 + 2 = 4"
 * ```
 * @category tokenizer
 */
export const createTokenizer = (source: TokenizerSource): Tokenizer => {
  const files = tokenizerFiles(source);
  const engine = createEngine(files);
  const idOf = (name: string): number | undefined => {
    const content = contentOf(files.config[`${name}_token`]);
    return content === undefined ? undefined : engine.token_to_id(content);
  };
  const special = {
    bos: idOf("bos"),
    eos: idOf("eos"),
    pad: idOf("pad"),
    begin: beginOf(engine, idOf("bos")),
    chatTemplate: templateOf(files.config["chat_template"]),
    files,
  };
  return {
    encode: (text) => engine.encode(text, { add_special_tokens: false }).ids,
    decode(ids, { skipSpecial = false } = {}) {
      // rows beyond the vocabulary have no text
      const kept = Array.from(ids).filter((id) => engine.id_to_token(id) !== undefined);
      return kept.length === 0 ? "" : engine.decode(kept, { skip_special_tokens: skipSpecial });
    },
    vocabularySize: [...engine.get_vocab().values()].reduce((most, id) => Math.max(most, id), -1) + 1,
    ...Object.fromEntries(Object.entries(special).filter(([, value]) => value !== undefined)),
  };
};

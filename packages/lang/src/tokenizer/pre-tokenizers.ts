/** A node of a `tokenizer.json`, as far as we look into it. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as Node).type === "string";

/** Rust's and Oniguruma's `\s` is Unicode's White_Space; JavaScript's also has U+FEFF and lacks U+0085. */
const unicodeSpace = (regex: string): string =>
  regex.replace(/\\([\s\S])/g, (pair, letter: string) =>
    letter === "s" ? "\\p{White_Space}" : letter === "S" ? "\\P{White_Space}" : pair,
  );

const split = (regex: string): Node => ({
  type: "Split",
  pattern: { Regex: regex },
  behavior: "Isolated",
  invert: false,
});

const bytes: Node = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };

const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const endings = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
const breaks = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const sequence = (...pretokenizers: readonly Node[]): Node => ({ type: "Sequence", pretokenizers });

const digits: Node = { type: "Digits", individual_digits: true };
const words: Node = { ...bytes, use_regex: true };

/**
 * How text is cut before merges apply, by GGUF's `tokenizer.ggml.pre`, as these models' own `tokenizer.json` says it.
 */
export const preTokenizers: Readonly<Record<string, Node>> = {
  default: words,
  "gpt-2": words,
  smollm: sequence(digits, words),
  starcoder: sequence(digits, words),
  qwen2: sequence(split(`${endings}\\p{N}${breaks}`), bytes),
  "llama-bpe": sequence(split(`${endings}\\p{N}{1,3}${breaks}`), bytes),
};

/**
 * The same rule as the Rust library reads it. JavaScript differs in what `\d` and `\s` match, so digits and byte-level
 * splitting are spelled out as Unicode properties.
 */
export const exactPreTokenizer = (node: unknown): unknown => {
  if (!isNode(node)) return node;
  if (node.type === "Sequence" && Array.isArray(node["pretokenizers"])) {
    return { ...node, pretokenizers: node["pretokenizers"].map(exactPreTokenizer) };
  }
  if (node.type === "Digits") return split(node["individual_digits"] === true ? "\\p{N}" : "\\p{N}+");
  if (node.type === "ByteLevel" && node["use_regex"] !== false && node["add_prefix_space"] !== true) {
    return sequence(split(unicodeSpace(gpt2)), { ...node, use_regex: false });
  }
  const pattern = node["pattern"] as { readonly Regex?: unknown } | undefined;
  if (node.type === "Split" && typeof pattern?.Regex === "string")
    return { ...node, pattern: { Regex: unicodeSpace(pattern.Regex) } };
  return node;
};

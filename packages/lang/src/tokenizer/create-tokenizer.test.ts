import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "@vpt/hub";
import { readCheckpoint } from "@vpt/weights";
import { beforeAll, describe, expect, it } from "vitest";
import { createTokenizer, type Tokenizer } from "./create-tokenizer.js";
import { promptIds } from "./prompt-ids.js";

const fixture = (name: string) => JSON.parse(readFileSync(new URL(`./__fixtures__/${name}`, import.meta.url), "utf8"));

interface Tiny {
  readonly model: { readonly vocab: Record<string, number>; readonly merges: readonly (readonly [string, string])[] };
}

const tiny: Tiny = fixture("tiny-tokenizer.json");
const golden: { readonly texts: string[]; readonly smollm: number[][]; readonly qwen2: number[][] } =
  fixture("tiny-golden.json");

const asGguf = (pre: string, more: readonly (readonly [string, unknown])[] = []): Tokenizer => {
  const tokens = Object.keys(tiny.model.vocab).sort((a, b) => tiny.model.vocab[a]! - tiny.model.vocab[b]!);
  const metadata = new Map<string, unknown>([
    ["tokenizer.ggml.model", "gpt2"],
    ["tokenizer.ggml.pre", pre],
    ["tokenizer.ggml.tokens", tokens],
    ["tokenizer.ggml.merges", tiny.model.merges.map((pair) => pair.join(" "))],
    ["tokenizer.ggml.token_type", Int32Array.from(tokens, (_, id) => (id < 3 ? 3 : 1))],
    ["tokenizer.ggml.eos_token_id", 2],
    ...more,
  ]);
  return createTokenizer({ kind: "gguf", metadata });
};

describe("createTokenizer, against Python's tokenizers", () => {
  it("reads tokenizer.json", () => {
    const tokenizer = createTokenizer({
      kind: "hugging-face",
      tokenizer: tiny as never,
      config: { eos_token: { content: "<|im_end|>" } },
    });
    expect(golden.texts.map((text) => tokenizer.encode(text))).toEqual(golden.smollm);
    expect(tokenizer).toMatchObject({ vocabularySize: 308, eos: 2 });
    expect(tokenizer.bos).toBeUndefined();
  });

  it.each(["smollm", "qwen2"] as const)("builds the same from GGUF metadata: %s", (pre) => {
    const tokenizer = asGguf(pre);
    expect(golden.texts.map((text) => tokenizer.encode(text))).toEqual(golden[pre]);
  });

  it("decodes what it encoded", () => {
    const tokenizer = asGguf("smollm");
    for (const text of golden.texts) expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    expect(tokenizer.decode([2, 299, 100_000], { skipSpecial: true })).toBe(tokenizer.decode([299]));
    expect(tokenizer.decode([])).toBe("");
  });

  it("knows the begin token that the tokenizer itself puts before a text, and never adds it unasked", () => {
    const begins = asGguf("smollm", [
      ["tokenizer.ggml.bos_token_id", 1],
      ["tokenizer.ggml.add_bos_token", true],
    ]);
    const none = asGguf("smollm", [
      ["tokenizer.ggml.bos_token_id", 1],
      ["tokenizer.ggml.add_bos_token", false],
    ]);
    expect([begins.begin, none.begin, none.bos]).toEqual([1, undefined, 1]);
    expect(begins.encode("a b")).toEqual(none.encode("a b"));
    expect(promptIds(begins, "a b")).toEqual([1, ...none.encode("a b")]);
    expect(promptIds(none, "a b")).toEqual(none.encode("a b"));
  });

  it("refuses what it cannot read, and says what it can", () => {
    expect(() => createTokenizer({ kind: "gguf", metadata: new Map([["tokenizer.ggml.model", "llama"]]) })).toThrow(
      /expected "gpt2"/,
    );
    expect(() => asGguf("martian")).toThrow(/expected one of default, .*smollm/);
    expect(() => createTokenizer({ kind: "hugging-face", tokenizer: {}, config: {} })).toThrow(
      /tokenizer\.json: cannot be used/,
    );
  });
});

const model = join(cacheFolder(), "models", "SmolLM2-135M-Instruct.Q4_1.gguf");

// The model is 93 MB: `await resolveModel("smollm2")` or `npm run setup` fetches it once.
describe.skipIf(!existsSync(model))("SmolLM2's tokenizer", () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    const checkpoint = await readCheckpoint(model);
    tokenizer = createTokenizer(checkpoint.tokenizer!);
    await checkpoint.close();
  });

  it("gives Python's ids on 240 strings", () => {
    const { texts, ids }: { texts: string[]; ids: number[][] } = fixture("smollm2-golden.json");
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(ids);
  });

  it("knows its special tokens", () => {
    expect(tokenizer).toMatchObject({ vocabularySize: 49152, bos: 1, eos: 2, pad: 2 });
    expect(tokenizer.chatTemplate).toContain("<|im_start|>");
  });

  const shared = (file: string) => new URL(`../../../../../shared/data/${file}`, import.meta.url);
  it.each(["gsm8k/train.jsonl", "math/test.jsonl"])("round-trips ../shared/data/%s", (file) => {
    if (!existsSync(shared(file))) return;
    const lines = readFileSync(shared(file), "utf8").trim().split("\n").slice(0, 500);
    for (const text of lines.flatMap((line) => Object.values(JSON.parse(line) as Record<string, unknown>))) {
      if (typeof text !== "string") continue;
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });
});

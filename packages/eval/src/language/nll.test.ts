import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import numbers from "../__fixtures__/numbers.json" with { type: "json" };
import { evaluateNll, nllTask, rollingWindows, summarizeNll, textSize, tokenNll } from "./nll.js";

describe("summarizeNll", () => {
  it("weighs by tokens, not by texts", () => {
    const summary = summarizeNll([
      { sum: 2, tokens: 4, bytes: 10, words: 2 },
      { sum: 4, tokens: 2, bytes: 5, words: 1 },
    ]);
    expect(summary.nll).toBe(1);
    expect(summary.perplexity).toBe(Math.E);
    expect(summary.bitsPerByte).toBeCloseTo(6 / (Math.LN2 * 15), 14);
    expect(summary.wordPerplexity).toBeCloseTo(Math.exp(2), 12);
  });

  it("is NaN where nothing or too little is known", () => {
    expect(summarizeNll([]).nll).toBeNaN();
    expect(summarizeNll([{ sum: 1, tokens: 1 }])).toMatchObject({ nll: 1, bitsPerByte: NaN });
    expect(() => summarizeNll([{ sum: NaN, tokens: 1 }])).toThrow("texts[0].sum");
    expect(() => summarizeNll([{ sum: 1, tokens: -1 }])).toThrow("texts[0].tokens");
  });

  it("counts bytes as UTF-8 and words between blanks", () => {
    expect(textSize("né  à\n")).toEqual({ bytes: 8, words: 2 });
    expect(textSize("")).toEqual({ bytes: 0, words: 0 });
  });
});

describe("tokenNll", () => {
  it("is ln(vocabulary) for uniform logits, however large", () => {
    expect(tokenNll(new Float32Array(50_000).fill(1e4), 7)).toBeCloseTo(Math.log(50_000), 10);
    expect(tokenNll([0, Math.log(3)], 1)).toBeCloseTo(Math.log(4 / 3), 14);
    expect(() => tokenNll([0, 1], 2)).toThrow("from 0 to 1");
  });
});

describe("rollingWindows", () => {
  it("equals lm-evaluation-harness, window by window", () => {
    for (const { tokens, context, overlap, windows } of numbers.rolling) {
      const ids = Array.from({ length: tokens }, (_, i) => i);
      const got = rollingWindows(tokens, { context, overlap }).map(({ inputStart, inputEnd, from, to }) => {
        return [
          [...(inputStart < 0 ? [-1] : []), ...ids.slice(Math.max(inputStart, 0), inputEnd)],
          ids.slice(from, to),
        ];
      });
      expect(got).toEqual(windows);
    }
  });

  it("predicts every token exactly once", () => {
    const windows = rollingWindows(1000, { context: 64, overlap: 16 });
    expect(windows.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect(() => rollingWindows(5, { context: 4, overlap: 5 })).toThrow("overlap");
  });
});

describe("nllTask", () => {
  const rows = [
    { q: "a", a: "xx" },
    { q: "b", a: "yyyy é" },
  ];
  const task = nllTask<(typeof rows)[number]>({
    protocol: "answer",
    request: ({ q, a }) => ({ prompt: q, text: a }),
    settings: { appendEos: true },
  });
  const scorer = {
    asked: [] as string[],
    async score(requests: readonly { readonly prompt?: string; readonly text: string }[]) {
      this.asked.push(...requests.map(({ text }) => text));
      return requests.map(({ text }) => ({ sum: 2 * text.length, tokens: text.length }));
    },
  };

  it("gives ratios of totals with an interval, and is not asked twice", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vpt-nll-"));
    const file = join(folder, "nll.jsonl");
    const record = await evaluateNll(task, rows, scorer, { file, model: "m" });
    expect(record.metrics["nll"]!.value).toBe(2);
    expect(record.metrics["bitsPerByte"]!.value).toBeCloseTo(16 / (Math.LN2 * 9), 12);
    expect(record.metrics["wordPerplexity"]!.value).toBeCloseTo(Math.exp(16 / 3), 6);
    expect(record.settings).toEqual({ appendEos: true });
    expect(scorer.asked).toEqual(["yyyy é", "xx"]); // longest first
    expect(await evaluateNll(task, rows, scorer, { file, model: "m" })).toMatchObject({ metrics: record.metrics });
    expect(scorer.asked).toHaveLength(2);
    rmSync(folder, { recursive: true });
  });
});

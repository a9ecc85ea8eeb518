import { expect, it } from "vitest";
import { byteTokenizer } from "../byte-tokenizer.js";
import { digitTokens } from "../digit-tokens.js";
import { questionAnswerExample } from "../question-answer-example.js";
import { contrastivePairs } from "./contrastive-pairs.js";

const tokenizer = byteTokenizer();
const digits = digitTokens(tokenizer)!;
const rows = [
  { question: "12 + 30?", answer: "12 + 30 = 42, not 7" },
  { question: "Is 5 odd?", answer: "yes" },
  { question: "2?", answer: "2024" },
].map((row) => questionAnswerExample(tokenizer, row));
/** The counted labels as text. */
const counted = ({ labels, lossMask }: { readonly labels: Int32Array; readonly lossMask: ArrayLike<number> }): string =>
  tokenizer.decode([...labels].filter((_, t) => lossMask[t]! > 0));

it("pairs each row that has numbers with itself, the last digit of every counted number changed", () => {
  const pairs = contrastivePairs(rows, digits, 0);
  expect(pairs.map(({ chosen }) => counted(chosen))).toEqual(["2027", "4"]);
  for (const [i, { chosen, rejected }] of pairs.entries()) {
    const row = rows[2 * i]!;
    expect(chosen.ids).toBe(row.ids);
    expect(rejected.ids).toBe(row.ids); // what is read stays the gold text
    expect(rejected.lossMask).toEqual(chosen.lossMask);
    expect(chosen.labels).toEqual(row.labels);
    chosen.labels.forEach((id, t) => {
      if (chosen.lossMask[t] === 0) expect(rejected.labels[t]).toBe(id);
      else expect(digits.filter((digit) => digit !== id)).toContain(rejected.labels[t]);
    });
  }
});

it("draws the wrong digits by the seed", () => {
  const wrong = (seed: number) => contrastivePairs(rows, digits, seed).map(({ rejected }) => counted(rejected));
  expect(wrong(1)).toEqual(wrong(1));
  expect(new Set(Array.from({ length: 12 }, (_, seed) => wrong(seed)[1])).size).toBeGreaterThan(3);
});

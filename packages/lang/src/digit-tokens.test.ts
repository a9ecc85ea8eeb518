import { expect, it } from "vitest";
import { byteTokenizer } from "./byte-tokenizer.js";
import { digitTokens } from "./digit-tokens.js";

/** A tokenizer whose vocabulary is the given pieces, tried in that order, and the single digits. */
const withPieces = (...pieces: readonly string[]) => {
  const table = [...pieces, ..."▁0123456789"];
  return {
    encode: (text: string) =>
      (text.match(new RegExp(table.map((piece) => `${piece}`).join("|"), "g")) ?? []).map((piece) =>
        table.indexOf(piece),
      ),
    decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => table[id]!.replace("▁", " ")).join(""),
  };
};

it("gives the ten ids where digits stand alone", () => {
  expect(digitTokens(byteTokenizer())).toEqual([48, 49, 50, 51, 52, 53, 54, 55, 56, 57]);
  const blankFirst = withPieces();
  const sentencePiece = { ...blankFirst, encode: (text: string) => blankFirst.encode(`▁${text}`) };
  expect(digitTokens(sentencePiece)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

it("gives none where several digits are one token", () => {
  expect(digitTokens(withPieces("45"))).toBeUndefined();
  expect(digitTokens(withPieces("012", "345", "678"))).toBeUndefined();
});

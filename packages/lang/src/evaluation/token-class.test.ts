import { expect, it } from "vitest";
import { tokenClass } from "./token-class.js";

it.each([
  ["digits", ["0", "7", "12", "2024"]],
  ["format", ["\n", "\n\n", " ", "\t", ".", ",", "####", "$", " $", "<<", "=", ">>", "+", "€", "’", "", "\u0000"]],
  ["words", ["The", " apples", "é", " 7", "1st", "½", "x", "\uFFFD", "<|endoftext|>", "三", "٣"]],
] as const)("%s", (name, texts) => {
  for (const text of texts) expect([text, tokenClass(text)]).toEqual([text, name]);
});

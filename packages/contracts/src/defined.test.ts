import { expect, it } from "vitest";
import { defined } from "./defined.js";

it("leaves out what is undefined, and nothing else", () => {
  const given = { a: 0, b: undefined, c: null, d: "" };
  expect(Object.entries(defined(given))).toEqual([
    ["a", 0],
    ["c", null],
    ["d", ""],
  ]);
  expect("b" in given).toBe(true);
});

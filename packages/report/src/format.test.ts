import { expect, it } from "vitest";
import { decimal, listed, seconds, signed, withInterval } from "./format.js";

it("writes a metric to four decimals, and a dash for what was not measured", () => {
  expect([1 / 3, 0, -2, 1e-9, 12345.67891].map(decimal)).toEqual([
    "0.3333",
    "0.0000",
    "-2.0000",
    "0.0000",
    "12345.6789",
  ]);
  expect([undefined, NaN, Infinity].map(decimal)).toEqual(["–", "–", "–"]);
});

it("writes a difference with its sign and the typographic minus", () => {
  expect([0.1, -0.1, 0].map(signed)).toEqual(["+0.1000", "−0.1000", "+0.0000"]);
});

it("puts an interval in brackets, and leaves one out that is not there", () => {
  expect(withInterval({ mean: -0.02, ci95: [-0.03, 0.01] })).toBe("−0.0200 [−0.0300, +0.0100]");
  expect(withInterval({ mean: 0.5, ci95: null })).toBe("+0.5000");
});

it("gives seconds two digits, three from a hundred on", () => {
  expect([0.03149, 4.24, 99.4, 136.4, 0].map(seconds)).toEqual(["0.031 s", "4.2 s", "99 s", "136 s", "0 s"]);
});

it("lists words as a sentence does", () => {
  expect([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listed)).toEqual(["", "a", "a and b", "a, b and c"]);
});

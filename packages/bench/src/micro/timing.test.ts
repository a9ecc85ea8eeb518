import { expect, it } from "vitest";
import { timing } from "./timing.js";

it("takes the median and the quartiles", () => {
  expect(timing([5, 1, 3, 2, 4])).toMatchObject({ median: 3, low: 2, high: 4 });
  expect(timing([1, 2]).median).toBe(1.5);
});

import { expect, it } from "vitest";
import { valueMethods } from "./value-methods.js";

const parts = { baseline: 1000, feedback: 80, value: 16, design: 4, ahead: 7 };

it("adds up what a step holds: at r = 1 an update every step, at large r what every step has", () => {
  const { value, tilt, anchored } = valueMethods;
  // the target of every step; at an update one more forward pass of the designer and one backward, twice as much
  expect(value.extraFlops(parts, 1)).toBe(4 + 80 + 16 + 4 + 2 * 4);
  expect(value.extraFlops(parts, 1e12)).toBeCloseTo(4, 6);
  expect(tilt.extraFlops(parts, 1)).toBe(16 + 80);
  expect(tilt.extraFlops(parts, 1e12)).toBeCloseTo(16, 6);
  expect(anchored.extraFlops(parts, 1)).toBe(7 + 80);
  expect(anchored.extraFlops(parts, 1e12)).toBeCloseTo(7, 6);
});

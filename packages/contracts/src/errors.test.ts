import { expect, it } from "vitest";
import { ShapeMismatchError, VptError } from "./errors.js";

it("knows its own errors, also those of another copy of the package", () => {
  const theirs = Object.assign(new Error("x"), { [Symbol.for("vpt.error")]: true });
  expect(VptError.isInstance(new VptError("x"))).toBe(true);
  expect(VptError.isInstance(theirs)).toBe(true);
  for (const other of [new Error("x"), "x", null, undefined, {}]) expect(VptError.isInstance(other)).toBe(false);
});

it("carries the fields of its message", () => {
  const error = new ShapeMismatchError({ operand: "w", expected: "[2, 3]", received: [4] });
  expect(error).toBeInstanceOf(VptError);
  expect(error.message).toBe("w: expected shape [2, 3], received [4]");
  expect(error.details.received).toEqual([4]);
  expect(error.name).toBe("ShapeMismatchError");
});

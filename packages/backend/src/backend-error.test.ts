import { VptError } from "@vpt/contracts";
import { expect, it } from "vitest";
import { BackendError } from "./backend-error.js";

it("is a VptError that says what to do", () => {
  const error = new BackendError({ step: "compile", problem: "g++ was not found", fix: "apt-get install g++" });
  expect(VptError.isInstance(error)).toBe(true);
  expect(error.message).toBe("compile: g++ was not found. To mend it: apt-get install g++");
});

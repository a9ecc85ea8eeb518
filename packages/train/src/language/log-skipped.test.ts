import { expect, it } from "vitest";
import { logSkipped } from "./log-skipped.js";

it("logs the first three records once, also when a stream starts over", () => {
  const lines: string[] = [];
  const onSkip = logSkipped((line) => lines.push(line));
  for (const name of ["a:1", "b:2", "a:1", "c:3", "d:4", "b:2"]) onSkip(name);
  expect(lines).toEqual(["left out a:1", "left out b:2", "left out c:3"]);
});

import { expect, it } from "vitest";
import { resultJson } from "./result-json.js";

it("is JSON with one row a line", () => {
  const text = resultJson({ study: "a", mean: 1 / 3, rows: [{ x: 1 / 3 }, { x: [2, 3e-9] }] });
  expect(JSON.parse(text)).toEqual({ study: "a", mean: 1 / 3, rows: [{ x: 0.3333333 }, { x: [2, 3e-9] }] });
  expect(text.split("\n")).toContain('    {"x":0.3333333},');
  expect(JSON.parse(resultJson({ study: "b" }))).toEqual({ study: "b" });
});

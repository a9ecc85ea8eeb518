import { expect, it } from "vitest";
import { questionText } from "./rows.js";

it.each([
  [{ question: "GSM8K?", answer: "1" }, "GSM8K?"],
  [{ problem: "MATH?", solution: "1" }, "MATH?"],
  [{ instruction: "Do.", output: "1" }, "Do."],
  [{ Body: "Ann has 3.", Question: "How many?", Answer: 3 }, "Ann has 3. How many?"],
])("finds the question of %j", (row, expected) => {
  expect(questionText(row)).toBe(expected);
});

it("refuses a row without one", () => {
  expect(() => questionText({ Question: "How many?" })).toThrow('field "question" is missing, expected text');
});

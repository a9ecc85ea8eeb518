import { describe, expect, it } from "vitest";
import { problemOf } from "./index.js";

describe("problemOf", () => {
  it.each([
    [
      { source: "cn_k12", problem: "P", solution: "S", messages: [] },
      { question: "P", answer: "S", source: "cn_k12" },
    ],
    [
      { question: "Q", answer: "A\n#### 3" },
      { question: "Q", answer: "A\n#### 3" },
    ],
    [
      { instruction: "Do.", output: "Done." },
      { question: "Do.", answer: "Done." },
    ],
    [
      { instruction: "Add.", input: "1, 2", output: "3" },
      { question: "Add.\n1, 2", answer: "3" },
    ],
    [
      { instruction: "Code.", input: "", response: "x = 1" },
      { question: "Code.", answer: "x = 1" },
    ],
  ])("reads %j", (record, expected) => {
    expect(problemOf(record)).toEqual(expected);
  });

  it.each([
    {},
    { question: "Q", answer: " " },
    { problem: "P" },
    { question: 3, answer: "A" },
    JSON.parse('{"__proto__": {"question": "Q", "answer": "A"}}'),
  ])("refuses %j", (record) => {
    expect(() => problemOf(record)).toThrow(/no question with an answer/);
  });
});

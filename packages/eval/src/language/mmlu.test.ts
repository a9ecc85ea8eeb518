import { describe, expect, it } from "vitest";
import { continuations, formatPrompt, groupOf, mmluTask, pickChoice, subjects, summarize } from "./mmlu.js";

const item = { question: " What is 1 + 1?\n", choices: ["1", " 2", "3", "4 "], answer: 1, subject: "abstract_algebra" };

describe("formatPrompt", () => {
  it("lm-eval trims the question, not the choices", () => {
    expect(formatPrompt(item, { subject: "abstract_algebra", style: "lm-eval" })).toBe(
      "The following are multiple choice questions (with answers) about abstract algebra.\n\n" +
        "What is 1 + 1?\nA. 1\nB.  2\nC. 3\nD. 4 \nAnswer:",
    );
  });

  it("hendrycks writes two blanks before the subject and trims nothing", () => {
    expect(formatPrompt(item, { subject: "high_school_us_history", style: "hendrycks" })).toBe(
      "The following are multiple choice questions (with answers) about  high school us history.\n\n" +
        " What is 1 + 1?\n\nA. 1\nB.  2\nC. 3\nD. 4 \nAnswer:",
    );
  });

  it("shows demonstrations with their letter", () => {
    const prompt = formatPrompt(item, { subject: "x", demonstrations: [item, { ...item, answer: 3 }] });
    expect(prompt.split("\n\n")).toHaveLength(4);
    expect(prompt).toContain("Answer: B\n\nWhat");
    expect(prompt).toContain("Answer: D\n\nWhat");
    expect(prompt.endsWith("Answer:")).toBe(true);
  });

  it("refuses impossible questions", () => {
    expect(() => formatPrompt({ question: "", choices: ["a"] }, { subject: "x" })).toThrow("number of choices");
    expect(() => formatPrompt(item, { subject: "x", demonstrations: [{ ...item, answer: 4 }] })).toThrow("from 0 to 3");
    expect(() => formatPrompt(item, { subject: "x", style: "other" as never })).toThrow("lm-eval, hendrycks");
  });
});

describe("scoring", () => {
  it("takes the largest log-likelihood, the earliest among equals", () => {
    expect(pickChoice([-3, -1, -1, -2])).toBe(1);
    expect(pickChoice([-Infinity, -Infinity])).toBe(0);
    expect(() => pickChoice([NaN, 1])).toThrow("NaN");
    expect(() => pickChoice([])).toThrow("pickChoice");
    expect(continuations(4)).toEqual([" A", " B", " C", " D"]);
  });

  it("has 57 subjects in groups of 18, 13, 12 and 14; lm-eval moves anatomy to STEM", () => {
    expect(Object.values(subjects).map((list) => list.length)).toEqual([18, 13, 12, 14]);
    expect(new Set(Object.values(subjects).flat()).size).toBe(57);
    expect([groupOf("anatomy"), groupOf("anatomy", "hendrycks"), groupOf("nonsense")]).toEqual([
      "stem",
      "other",
      undefined,
    ]);
  });

  it("averages over questions and over subjects", () => {
    const results = [true, true, false].map((correct) => ({ subject: "anatomy", correct }));
    const summary = summarize([...results, { subject: "virology", correct: false }]);
    expect(summary.micro).toBe(0.5);
    expect(summary.macro).toBeCloseTo(1 / 3, 12);
    expect(summary.byGroup).toEqual({ stem: 2 / 3, other: 0 });
    expect(summarize([]).micro).toBeNaN();
  });

  it("asks four continuations and scores the arg-max", () => {
    const task = mmluTask();
    expect(task.request(item).continuations).toEqual([" A", " B", " C", " D"]);
    expect(task.score([0, 1, 0, 0], item)).toEqual({ prediction: "B", metrics: { acc: 1 } });
    expect(task.groups?.(item)).toEqual(["abstract_algebra", "stem"]);
  });
});

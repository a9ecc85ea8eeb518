import { describe, expect, it } from "vitest";
import { templatedProblems, templatedStream } from "../index.js";

/** Redoes every calculation of an answer; returns its result, or NaN when one is wrong. */
const check = (answer: string): number => {
  for (const [, a, operation, b, shown] of answer.matchAll(/<<(\d+)([-+*/])(\d+)=(\d+)>>/g)) {
    const [x, y] = [Number(a), Number(b)];
    const value = operation === "+" ? x + y : operation === "-" ? x - y : operation === "*" ? x * y : x / y;
    if (value !== Number(shown)) return NaN;
  }
  return Number(/\n#### (\d+)$/.exec(answer)?.[1] ?? NaN);
};

describe("templatedProblems", () => {
  it("is right, distinct, and the same again", () => {
    const problems = templatedProblems(0, 2000);
    expect(problems.filter(({ answer }) => !Number.isInteger(check(answer)))).toEqual([]);
    expect(new Set(problems.map(({ question }) => question)).size).toBe(2000);
    expect(templatedProblems(0, 2000)).toEqual(problems);
    expect(templatedProblems(1, 10)).not.toEqual(problems.slice(0, 10));
  });

  it("has splits that share no question, whatever the seeds", async () => {
    const test = new Set(templatedProblems(0, 3000, { split: "test" }).map(({ question }) => question));
    const others = [...templatedProblems(1, 3000), ...templatedProblems(2, 3000, { split: "stream" })];
    expect(others.filter(({ question }) => test.has(question))).toEqual([]);
    const stream = templatedStream(3);
    for (let i = 0; i < 3000; i++) expect(test.has((await stream.next())!.question)).toBe(false);
  });

  it("refuses a count without end", () => {
    expect(() => templatedProblems(0, 1e9)).toThrow(/count 1000000000, expected a whole number from 0 to 10000/);
  });
});

it("templatedStream holds the shares it was asked for", async () => {
  const stream = templatedStream(0, { chatterFraction: 0.25, wrongFraction: 0.2 });
  let [problems, wrong] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const { answer } = (await stream.next())!;
    if (!answer.includes("####")) continue;
    problems++;
    if (Number.isNaN(check(answer))) wrong++;
  }
  expect(Math.abs(problems / 4000 - 0.75)).toBeLessThan(0.03); // over four standard errors
  expect(Math.abs(wrong / problems - 0.2)).toBeLessThan(0.03);
});

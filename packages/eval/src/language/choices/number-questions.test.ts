import { expect, it } from "vitest";
import { numberQuestions } from "./number-questions.js";

it("asks for the results of steps and for the final answer, after the text without marks", () => {
  const answer =
    "She sold 48/2 = <<48/2=24>>24 clips in May.\nThat is $<<24*50.5=1212>>1,212 and <<1/2=0.5>>0.5 of it.\n#### 72";
  const questions = numberQuestions({ answer });
  expect(questions.map(({ kind, before, choices }) => [kind, before, choices[0]])).toEqual([
    ["step", "She sold 48/2 = ", "24"],
    ["step", "She sold 48/2 = 24 clips in May.\nThat is $", "1,212"],
    ["step", "She sold 48/2 = 24 clips in May.\nThat is $1,212 and ", "0.5"],
    ["final", "She sold 48/2 = 24 clips in May.\nThat is $1,212 and 0.5 of it.\n#### ", "72"],
  ]);
  for (const { choices } of questions) expect(new Set(choices).size).toBe(8);
  expect(numberQuestions({ answer }, { alternatives: 2 })[0]!.choices).toHaveLength(3);
  expect(numberQuestions({ answer }, { seed: 1 })).not.toEqual(numberQuestions({ answer }, { seed: 9 }));
});

it.each([
  ["a number other than its mark says", "It is <<6*7=42>>43."],
  ["no number after the mark", "It is <<6*7=42>> forty-two."],
  ["a negative result", "It is <<6-7=-1>>-1.\n#### -1"],
  ["a number too long to count with", "It is <<1*1=1234567890123456>>1234567890123456."],
  ["no mark and no last line", "It is 42."],
])("leaves out %s", (_, answer) => {
  expect(numberQuestions({ answer })).toEqual([]);
});

import { evaluateChoices } from "@vpt/eval";
import { mmluTask, type MmluItem } from "@vpt/eval/mmlu";
import { expect, it } from "vitest";
import { mmluScores } from "./mmlu-scores.js";

const itemsOf = (subject: string, answers: readonly number[]): MmluItem[] =>
  answers.map((answer, i) => ({ question: `${subject} ${i}?`, choices: ["1", "2", "3", "4"], answer, subject }));

it("weighs items alike in one mean and subjects alike in the other, with an interval each", async () => {
  // answered A everywhere: 1 of 8 right in anatomy, 2 of 2 in virology
  const items = [...itemsOf("anatomy", [0, 1, 1, 1, 2, 2, 3, 3]), ...itemsOf("virology", [0, 0])];
  const scorer = { score: async (requests: readonly object[]) => requests.map(() => [0, -1, -1, -1]) };
  const scores = mmluScores(await evaluateChoices(mmluTask(), items, scorer));
  expect(Object.keys(scores)).toEqual(["MMLU, item mean", "MMLU, subject mean"]);
  const [byItem, bySubject] = Object.values(scores) as [(typeof scores)[string], (typeof scores)[string]];
  expect([byItem.value, byItem.n]).toEqual([0.3, 10]);
  expect(bySubject.value).toBeCloseTo((1 / 8 + 1) / 2, 12); // the groups stem and other are not subjects
  const deviation = Math.sqrt(((1 / 8) * (7 / 8)) / 7) / 2; // virology's is 0
  expect(bySubject.ci95[0]).toBeCloseTo(bySubject.value - 1.96 * deviation, 3);
  expect(bySubject.ci95[1]).toBeCloseTo(bySubject.value + 1.96 * deviation, 3);
});

import { expect, it } from "vitest";
import { assertDisjoint } from "./assert-disjoint.js";

const rows = (...questions: string[]) => questions.map((question) => ({ question, answer: "1" }));

it("refuses feedback that is in the report, whatever its blanks and capitals", () => {
  const sets = { unlabeled: rows("x"), feedback: rows("One  and\none?", "b"), test: rows("c", " one and one? ") };
  expect(() => assertDisjoint(sets)).toThrow(
    /"data\.test": 1 of 2 questions are in "data\.feedback" too, such as " one and one\? "/,
  );
});

it("takes sets that are apart, and a stream that shares questions with the feedback", () => {
  assertDisjoint({
    unlabeled: rows("a", "a", "b"),
    feedback: rows("a"),
    probeRows: rows("p"),
    test: rows("c"),
    unlabeledTest: rows("a"),
  });
  assertDisjoint({ unlabeled: rows("a"), feedback: rows("b"), test: rows("c") });
  expect(() => assertDisjoint({ unlabeled: rows("a"), test: rows("a") })).toThrow(/"data\.test": .*"data\.unlabeled"/);
});

import { expect, it } from "vitest";
import { assertDisjoint, createOverlapFilter } from "./assert-disjoint.js";

const rows = (...questions: string[]) => questions.map((question) => ({ question, answer: "1" }));
const texts = (...answers: string[]) => answers.map((answer) => ({ answer }));

it("refuses feedback that is in the report, whatever its blanks and capitals", () => {
  const sets = { unlabeled: rows("x"), feedback: rows("One  and\none?", "b"), test: rows("c", " one and one? ") };
  expect(() => assertDisjoint(sets)).toThrow(
    /"data\.test": 1 of 2 questions are in "data\.feedback" too, such as " one and one\? "/,
  );
});

it("takes sets that are apart", () => {
  assertDisjoint({
    unlabeled: rows("a", "a", "b"),
    feedback: rows("f"),
    probeRows: rows("p"),
    test: rows("c"),
    unlabeledTest: rows("a"),
  });
  assertDisjoint({ unlabeled: rows("a"), feedback: rows("b"), test: rows("c") });
});

it.each(["feedback", "test"])("refuses unlabeled rows that are rows of %s", (labeled) => {
  expect(() => assertDisjoint({ unlabeled: rows("b", "a", "A "), [labeled]: rows("a") })).toThrow(
    `"data.unlabeled": 2 of 3 questions are in "data.${labeled}" too, such as "a"; give rows apart`,
  );
});

it("compares whole texts as it does questions, and names a set as it is asked to", () => {
  const long = "w".repeat(100);
  expect(() => assertDisjoint({ feedback: texts(long), test: texts(long) }, (set) => `domains.0.${set}`)).toThrow(
    `"data.domains.0.test": 1 of 1 texts are in "data.domains.0.feedback" too, such as "${"w".repeat(80)}…"`,
  );
});

it("leaves rows of other sets out of a stream, and mentions the first alone", () => {
  const said: string[] = [];
  const isKnown = createOverlapFilter([...rows("a?"), ...texts("A text")], (text) => said.push(text));
  const stream = [...rows("b?", " A? ", "a?"), ...texts("a  text", "other")];
  expect(stream.map(isKnown)).toEqual([false, true, true, true, false]);
  expect(said).toEqual([" A? "]);
});

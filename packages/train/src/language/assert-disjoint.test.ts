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

it("takes sets that are apart, and sets of one role that are not", () => {
  assertDisjoint({
    unlabeled: rows("a", "a", "b"),
    feedback: rows("f"),
    probeRows: rows("p"),
    test: rows("c"),
    unlabeledTest: rows("d"),
    "domains.0.unlabeled": rows("a", "e"),
    "domains.0.feedback": rows("f", "g"),
  });
  assertDisjoint({ unlabeled: rows("a"), feedback: rows("b"), "test.one": rows("c"), "test.two": rows("c", "d") });
});

const names = [
  "unlabeled",
  "feedback",
  "test",
  "test.svamp",
  "probeRows",
  "unlabeledTest",
  "domains.1.unlabeled",
  "domains.1.feedback",
];
const role = (name: string): string => name.replace("domains.1.", "").replace(".svamp", "");
const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));

it.each(pairs.filter(([a, b]) => role(a) !== role(b)))("refuses %s and %s that share rows", (a, b) => {
  const others = Object.fromEntries(names.map((name) => [name, rows(`own of ${name}`)]));
  const refuse = () => assertDisjoint({ ...others, [a]: rows("x", "same"), [b]: rows("y", "Same ") });
  expect(refuse).toThrow(`1 of 2 questions are in "data.`);
  for (const name of [a, b]) expect(refuse).toThrow(`"data.${name}"`);
  expect(() => assertDisjoint({ [b]: rows("same"), [a]: rows("same") })).toThrow("1 of 1"); // in any order of sets
});

it.each(["feedback", "test"])("refuses unlabeled rows that are rows of %s, and counts them", (labeled) => {
  expect(() => assertDisjoint({ unlabeled: rows("b", "a", "A "), [labeled]: rows("a") })).toThrow(
    `"data.unlabeled": 2 of 3 questions are in "data.${labeled}" too, such as "a"; give rows apart`,
  );
});

it("compares whole texts as it does questions", () => {
  const long = "w".repeat(100);
  expect(() => assertDisjoint({ "domains.0.feedback": texts(long), test: texts(long) })).toThrow(
    `"data.test": 1 of 1 texts are in "data.domains.0.feedback" too, such as "${"w".repeat(80)}…"`,
  );
});

it("leaves rows of other sets out of a stream, and mentions the first alone", () => {
  const said: string[] = [];
  const isKnown = createOverlapFilter([...rows("a?"), ...texts("A text")], (text) => said.push(text));
  const stream = [...rows("b?", " A? ", "a?"), ...texts("a  text", "other")];
  expect(stream.map(isKnown)).toEqual([false, true, true, true, false]);
  expect(said).toEqual([" A? "]);
});

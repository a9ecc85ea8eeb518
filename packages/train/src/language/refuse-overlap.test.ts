import { expect, it } from "vitest";
import { refuseOverlap } from "./refuse-overlap.js";

const rows = (...questions: string[]) => questions.map((question) => ({ question, answer: "1" }));

it("refuses feedback that is in the report, whatever its blanks and capitals", () => {
  const sets = { stream: rows("x"), feedback: rows("One  and\none?", "b"), test: rows("c", " one and one? ") };
  expect(() => refuseOverlap(sets)).toThrow(
    /"data\.test": 1 of 2 questions are in "data\.feedback" too, such as " one and one\? "/,
  );
});

it("takes sets that are apart, and a stream that shares questions with the feedback", () => {
  refuseOverlap({
    stream: rows("a", "a", "b"),
    feedback: rows("a"),
    probe: rows("p"),
    test: rows("c"),
    streamTest: rows("a"),
  });
  refuseOverlap({ stream: rows("a"), feedback: rows("b"), test: rows("c") });
  expect(() => refuseOverlap({ stream: rows("a"), test: rows("a") })).toThrow(/"data\.test": .*"data\.stream"/);
});

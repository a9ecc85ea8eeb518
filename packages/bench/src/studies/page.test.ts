import { expect, it } from "vitest";
import { describeSeeds, failureList, formatPage, markdownTable } from "./page.js";

const page = {
  title: "Toy, tiny",
  answer: "A is above B.",
  figure: { alt: "A and B", file: "toy-tiny.svg" },
  body: [markdownTable(["method", "NLL"], [["A", "1.0"]])],
  run: "`vpt repro toy`",
  limits: failureList(["A is not above C"]),
};

it("opens with the answer, then picture, table, how it was run, what does not hold", () => {
  expect(formatPage(page)).toBe(`# Toy, tiny

**A is above B.**

![A and B](toy-tiny.svg)

| method | NLL |
| --- | --- |
| A | 1.0 |

## How it was run

\`vpt repro toy\`

## What does not hold

- A is not above C`);
});

it("takes what a person wrote in place of its own sentences", () => {
  const prose = { answer: "**A wins, slowly.**", notes: "A note.", run: "By hand.", limits: "One seed." };
  const text = formatPage(page, prose);
  expect(text).not.toMatch(/A is above B|vpt repro|not above C/);
  expect(text.split("\n\n")).toEqual(
    expect.arrayContaining(["**A wins, slowly.**", "A note.", "By hand.", "One seed."]),
  );
});

it("says when every claim holds, and seeds in words", () => {
  expect(failureList([])).toBe("All claims hold.");
  expect(failureList([], "Nothing is asserted.")).toBe("Nothing is asserted.");
  expect([[4], [1, 2], [1, 2, 3], [1, 3, 4]].map(describeSeeds)).toEqual([
    "seed 4",
    "seeds 1 and 2",
    "seeds 1 to 3",
    "seeds 1, 3, 4",
  ]);
});

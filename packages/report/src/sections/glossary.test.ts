import { expect, it } from "vitest";
import { markup } from "../html/markup.js";
import { glossary } from "./glossary.js";

const termsIn = (html: string): string[] => [...html.matchAll(/<dt>(.*?)<\/dt>/g)].map((match) => match[1]!);

it("defines the methods and the terms that occur, and no others", () => {
  const body = markup`<p title="mIoU">held-out NLL, gate α</p><pre>{"stall": 1}</pre>`;
  expect(termsIn(glossary(body, ["baseline", "tilt", "mine"])!.html)).toEqual(["baseline", "tilt", "α", "NLL"]);
});

it("is left out where nothing is to be explained", () => {
  expect(glossary(markup`<p>nothing</p>`, [])).toBeUndefined();
});

import { expect, it } from "vitest";
import { markup } from "./markup.js";
import { page } from "./page.js";
import { table } from "./table.js";

it("heads columns and rows, so that a screen reader names each cell", () => {
  const { html } = table("Scores", ["method", "mIoU"], [["tilt", "0.5"]], "scores");
  expect(html.replace(/\n/g, "")).toBe(
    '<div class="scroll"><table class="scores"><caption>Scores</caption>' +
      '<thead><tr><th scope="col">method</th><th scope="col">mIoU</th></tr></thead>' +
      '<tbody><tr><th scope="row">tilt</th><td>0.5</td></tr></tbody></table></div>',
  );
});

it("escapes cells, captions and class names; cells of markup stay, missing ones are empty", () => {
  const { html } = table("<c>", ["<h>"], [["<r>", markup`<b>1</b>`, undefined, 2]], '"><x');
  expect(html).not.toMatch(/<[chrx]>/);
  expect(html).toContain("<td><b>1</b></td><td></td><td>2</td>");
  expect(html).toContain('class="&quot;&gt;&lt;x"');
});

it("has no rows where there are none", () => {
  expect(table("Empty", ["a"], []).html).toContain("<tbody></tbody>");
});

it("makes a page in light and dark that loads nothing, with its title escaped", () => {
  const html = page("a < b", markup`<h1>Title</h1>`);
  expect(html).toMatch(/^<!doctype html>\n<html lang="en"><head><meta charset="utf-8">/);
  expect(html).toContain("<title>a &lt; b</title>");
  expect(html).toContain("prefers-color-scheme: dark");
  expect(html).toContain("<body><main>\n<h1>Title</h1>\n</main></body></html>");
  expect(html).not.toMatch(/<script|<link|@import|url\(|src=/);
});

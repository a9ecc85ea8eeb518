import { expect, it } from "vitest";
import { markup, trusted } from "./markup.js";

it("escapes text, in elements and in attributes", () => {
  const attack = `"><script>alert('x')</script>&`;
  const escaped = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;";
  expect(markup`<p title="${attack}">${attack}</p>`.html).toBe(`<p title="${escaped}">${escaped}</p>`);
});

it("keeps markup, joins lists and leaves out what is undefined", () => {
  const rows = ["a<b", 2].map((cell) => markup`<td>${cell}</td>`);
  expect(markup`<tr>${rows}${undefined}</tr>`.html).toBe("<tr><td>a&lt;b</td><td>2</td></tr>");
  expect(markup`${trusted("<svg/>")}`.html).toBe("<svg/>");
});

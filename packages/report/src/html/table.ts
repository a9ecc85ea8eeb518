import { markup, type Content, type Markup } from "./markup.js";

/** Builds a table whose first column heads its rows. `caption` says what it holds. */
export function table(
  caption: string,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
  className = "",
): Markup {
  const rowOf = ([first, ...cells]: readonly Content[]): Markup =>
    markup`<tr><th scope="row">${first}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  return markup`<div class="scroll"><table class="${className}"><caption>${caption}</caption>
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(rowOf)}</tbody></table></div>`;
}

import { markup, type Content, type Markup } from "./markup.js";

/** Builds a table whose first column heads its rows. `caption` says what it holds. */
export const table = (
  caption: string,
  head: readonly Content[],
  rows: readonly (readonly Content[])[],
  className = "",
): Markup => markup`<div class="scroll"><table class="${className}"><caption>${caption}</caption>
<thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(([first, ...cells]) => markup`<tr><th scope="row">${first}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`)}
</tbody></table></div>`;

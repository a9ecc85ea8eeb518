/** Finished HTML. Only {@link markup} and {@link trusted} make it, so unescaped text cannot get into a page. */
export class Markup {
  constructor(readonly html: string) {}
}

/** What a template may hold: text and numbers are escaped, markup is kept, lists are joined, nothing is left out. */
export type Content = Markup | string | number | undefined | readonly Content[];

/** Takes HTML as it is; for what this program wrote itself, such as a chart. */
export const trusted = (html: string): Markup => new Markup(html);

/** Builds HTML from a template and escapes every value in it: a value `"<script>"` becomes `&lt;script&gt;`. */
export const markup = (strings: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  trusted(strings.reduce((html, text, i) => html + render(values[i - 1]) + text));

function render(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Markup) return content.html;
  if (typeof content === "object") return content.map(render).join("");
  return String(content).replace(/[&<>"']/g, (character) => entities[character]!);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

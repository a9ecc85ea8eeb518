// The normalisation of Minerva (arXiv 2206.14858, appendix D), in its order; lm-evaluation-harness,
// tasks/minerva_math/utils.py.

const substitutions: readonly (readonly [string, string])[] = [
  ["an ", ""],
  ["a ", ""],
  [".$", "$"],
  ["\\$", ""],
  ["\\ ", ""],
  [" ", ""],
  ["mbox", "text"],
  [",\\text{and}", ","],
  ["\\text{and}", ","],
  ["\\text{m}", "\\text{}"],
];

// prettier-ignore
const removed: readonly string[] = [
  "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", "\\ldots", "sue", "points",
  "feet", "minutes", "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students",
  "childrentickets", "multiples", "\\text{s}", "\\text{.}", "\\text{\ns}", "\\text{}^2", "\\text{}^3", "\\text{\n}",
  "\\text{}", "\\mathrm{th}", "^\\circ", "^{\\circ}", "\\;", ",\\!", "{,}", '"', "\\dots",
];

/** The final answer in Minerva's normal form. Python's `.` is written `[^\n]`. */
export function normalizeMinervaText(answer: string): string {
  let text = answer.slice(answer.lastIndexOf("=") + 1);
  for (const [before, after] of substitutions) text = text.replaceAll(before, () => after);
  for (const expression of removed) text = text.replaceAll(expression, "");
  text = text.replace(/[^\n]*?\$([^\n]*?)\$[^\n]*/gu, (_, inner: string) => `$${inner}$`);
  for (const command of ["text", "textbf", "overline"]) {
    text = text.replace(new RegExp(`\\\\${command}\\{([^\\n]*?)\\}`, "gu"), (_, inner: string) => inner);
  }
  text = text.replace(/\\boxed\{([^\n]*)\}/gu, (_, inner: string) => inner);
  text = text.replace(/frac([^{])([^\n])/gu, (_, a: string, b: string) => `frac{${a}}{${b}}`);
  text = text.replace(/sqrt([^{])/gu, (_, a: string) => `sqrt{${a}}`);
  text = text.replaceAll("$", "");
  const digits = text.replaceAll(",", "");
  return /^[0-9]+$/.test(digits) ? digits : text;
}

// The string rules of the MATH data set's own scorer (hendrycks/math, modeling/math_equivalence.py), rewritten step by
// step.

/** The reference fails with an exception at these places, and then compares the raw strings. */
export const failed = Symbol("failed");

/** The text after all rules, or `failed` where the reference raises. */
export function normalizeHendrycks(raw: string): string | typeof failed {
  let text = raw.replaceAll("\n", "").replaceAll("\\!", "").replaceAll("\\\\", "\\");
  text = text.replaceAll("tfrac", "frac").replaceAll("dfrac", "frac");
  text = text.replaceAll("\\left", "").replaceAll("\\right", "");
  text = text.replaceAll("^{\\circ}", "").replaceAll("^\\circ", "").replaceAll("\\$", "");
  const units = text.split("\\text{ ");
  if (units.length > 2) return failed;
  text = units[0]!.replaceAll("\\%", "");
  text = text.replaceAll(" .", " 0.").replaceAll("{.", "{0.");
  if (text === "") return text;
  if (text.startsWith(".")) text = `0${text}`;
  const sides = text.split("=");
  if (sides.length === 2 && [...sides[0]!].length <= 2) text = sides[1]!;
  const rooted = braceRoots(text);
  if (rooted === failed) return failed;
  const fractions = braceFractions(rooted.replaceAll(" ", ""));
  if (fractions === failed) return failed;
  return slashToFraction(fractions === "0.5" ? "\\frac{1}{2}" : fractions);
}

/** `\sqrt3` → `\sqrt{3}`. */
function braceRoots(text: string): string | typeof failed {
  const [head, ...parts] = text.split("\\sqrt");
  let result = head!;
  for (const part of parts) {
    const first = firstCharacter(part);
    if (first === "") return failed;
    result += first === "{" ? `\\sqrt${part}` : `\\sqrt{${first}}${part.slice(first.length)}`;
  }
  return result;
}

/**
 * `\frac12` → `\frac{1}{2}` and `\frac1{72}` → `\frac{1}{72}`; one argument too few leaves the whole text as it was.
 */
function braceFractions(text: string): string | typeof failed {
  const [head, ...parts] = text.split("\\frac");
  let result = head!;
  for (const part of parts) {
    const a = firstCharacter(part);
    if (a === "") return failed;
    if (a === "{") {
      result += `\\frac${part}`;
      continue;
    }
    const b = firstCharacter(part.slice(a.length));
    if (b === "") return text;
    const rest = part.slice(a.length + b.length);
    result += `\\frac{${a}}${b === "{" ? b : `{${b}}`}${rest}`;
  }
  return result;
}

/** `3/4` → `\frac{3}{4}` when both sides are integers as Python prints them. */
function slashToFraction(text: string): string {
  const match = /^(0|-?[1-9][0-9]*)\/(0|-?[1-9][0-9]*)$/.exec(text);
  return match ? `\\frac{${match[1]}}{${match[2]}}` : text;
}

/** By code point, as Python indexes. */
function firstCharacter(text: string): string {
  const code = text.codePointAt(0);
  return code === undefined ? "" : String.fromCodePoint(code);
}

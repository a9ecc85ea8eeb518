/** What a token is made of; see {@link tokenClass}. */
export type TokenClass = "format" | "digits" | "words";

/** The classes, in the order of reports. */
export const tokenClasses: readonly TokenClass[] = ["format", "digits", "words"];

/** Blanks, punctuation, symbols and control characters; not U+FFFD, which stands for a part of a character. */
const isFormat = /^(?:(?!\uFFFD)[\s\p{P}\p{S}\p{C}])*$/u;

/**
 * Sorts a token by its text: `digits` are tokens of the digits 0 to 9 alone; `format` are blanks, newlines, punctuation
 * and symbols such as `#` and `$`, and tokens without text; `words` is everything else.
 *
 * @example
 * ```ts
 * import { tokenClass } from "@vpt/lang/evaluation";
 * ["####", " 7", "12", "\n\n", " apples"].map(tokenClass); // ["format", "words", "digits", "format", "words"]
 * ```
 * @category scoring
 */
export function tokenClass(text: string): TokenClass {
  if (/^[0-9]+$/.test(text)) return "digits";
  return isFormat.test(text) ? "format" : "words";
}

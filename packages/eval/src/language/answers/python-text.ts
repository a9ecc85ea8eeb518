// JavaScript and Python disagree on what a blank is; the reference scorers are Python, so these follow Python.

const blank = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const edges = new RegExp(`^${blank}+|${blank}+$`, "g");
const runs = new RegExp(`${blank}+`, "g");

/** Python's `str.strip()`. */
export const strip = (text: string): string => text.replace(edges, "");

/** Python's `str.split()`: words between runs of blanks, no empty ones. */
export const words = (text: string): string[] => {
  const stripped = strip(text);
  return stripped === "" ? [] : stripped.split(runs);
};

/** Number of bytes of the text in UTF-8. */
export const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

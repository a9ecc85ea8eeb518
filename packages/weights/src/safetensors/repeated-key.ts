import { quote as quoted } from "../internal/quote.js";

const quote = 0x22;
const backslash = 0x5c;

/** Where the string that opens at `at` closes: the index of its second quote, or the text's end. */
const closingQuote = (text: string, at: number): number => {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === backslash) i++;
    else if (code === quote) return i;
  }
  return text.length;
};

/**
 * What `JSON.parse` would let pass: a key that appears twice in one object (it keeps the last), or nesting deeper than
 * `depth`. Undefined when there is neither; malformed text is left to `JSON.parse`.
 */
export const repeatedKeyOrDepth = (text: string, depth: number): string | undefined => {
  const open: (Set<string> | null)[] = []; // a set of keys for an object, null for an array
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === "{" || letter === "[") {
      if (open.length === depth) return `is nested deeper than ${depth}`;
      open.push(letter === "{" ? new Set() : null);
    } else if (letter === "}" || letter === "]") {
      open.pop();
    } else if (letter === '"') {
      const end = closingQuote(text, i);
      const keys = open.at(-1);
      if (keys && /^\s*:/.test(text.slice(end + 1, end + 64))) {
        const key = text.slice(i, end + 1);
        const plain = key.includes("\\") ? unescaped(key) : key.slice(1, -1);
        if (keys.has(plain)) return `has the key ${quoted(plain)} twice`;
        keys.add(plain);
      }
      i = end;
    }
  }
  return undefined;
};

const unescaped = (key: string): string => {
  try {
    return JSON.parse(key) as string;
  } catch {
    return key; // JSON.parse of the whole will say what is wrong
  }
};

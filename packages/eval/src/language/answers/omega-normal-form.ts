import { closingBrace } from "./boxed-prompt.js";

const delimiters: readonly (readonly [string, string])[] = [
  ["$$", "$$"],
  ["$", "$"],
  ["\\(", "\\)"],
  ["\\[", "\\]"],
  ["**", "**"],
];
const commands = ["\\boxed{", "\\text{", "\\mathrm{", "\\mathbf{"];

/** The text after the rules of normalisation, repeated until nothing changes. */
export function normalizeOmegaText(text: string): string {
  for (let current = text; ;) {
    const next = normalizeOnce(current);
    if (next === current) return next;
    current = next;
  }
}

function normalizeOnce(text: string): string {
  const result = unwrap(text.trim())
    .replace(/\\(left|right|quad|displaystyle)(?![a-zA-Z])|\\[!,;:]/g, "")
    .replace(/\\[dt]frac(?![a-zA-Z])/g, "\\frac");
  return dropThousandsCommas(result).replace(/\.$/, "").replace(/\s+/g, " ").trim();
}

/** Strips one pair of wrappers that encloses the whole text. */
function unwrap(text: string): string {
  for (const [open, close] of delimiters) {
    if (text.length < open.length + close.length || !text.startsWith(open) || !text.endsWith(close)) continue;
    const inner = text.slice(open.length, text.length - close.length);
    // `$a$ and $b$` is no pair; `\$` is a character
    const bare = open.startsWith("$") ? inner.replace(/\\[\s\S]/g, "").replace(/\\$/, "$") : inner;
    if (!bare.includes(close.at(-1) === "$" ? "$" : close)) return inner;
  }
  for (const open of commands) {
    if (text.startsWith(open) && closingBrace(text, open.length) === text.length - 1)
      return text.slice(open.length, -1);
  }
  return text;
}

/** `1,234` → `1234`, but not inside brackets, where a comma separates. */
function dropThousandsCommas(text: string): string {
  let depth = 0;
  return text.replace(/[([{]|[)\]}]|,/g, (character, at: number) => {
    if ("([{".includes(character)) depth++;
    else if (character !== ",") depth--;
    else if (depth <= 0 && /[0-9]/.test(text[at - 1] ?? "") && /^[0-9]{3}(?![0-9])/.test(text.slice(at + 1))) return "";
    return character;
  });
}

const unsigned = "(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)";
const plain = new RegExp(`^[+-]?${unsigned}(?:[eE][+-]?[0-9]+)?$`);
const power = new RegExp(`^([+-]?${unsigned})\\\\times10\\^(?:\\{([+-]?[0-9]+)\\}|([0-9]))$`);
const ratio = new RegExp(`^([+-]?${unsigned})/([+-]?${unsigned})$`);
const fraction = new RegExp(`^([+-]?)\\\\frac\\{([+-]?${unsigned})\\}\\{([+-]?${unsigned})\\}$`);

/**
 * Integer, decimal, scientific, `a/b` or `\frac{a}{b}` as a number; percent signs are dropped, not divided by. NaN for
 * anything else.
 */
export function parseNumber(text: string): number {
  const value = text.replace(/\\?%/g, "").replace(/\s+/g, "");
  if (plain.test(value)) return Number(value);
  const scaled = power.exec(value);
  if (scaled) return Number(`${scaled[1]}e${scaled[2] ?? scaled[3]}`);
  const divided = ratio.exec(value);
  if (divided) return quotient(1, divided[1]!, divided[2]!);
  const stacked = fraction.exec(value);
  return stacked ? quotient(stacked[1] === "-" ? -1 : 1, stacked[2]!, stacked[3]!) : NaN;
}

const quotient = (sign: number, a: string, b: string): number =>
  Number(b) === 0 ? NaN : (sign * Number(a)) / Number(b);

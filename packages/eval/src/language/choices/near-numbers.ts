import type { Uniform } from "../../internal/random.js";

const separators = /[^0-9]/g;

/**
 * Returns other numbers that are written like a given one: as many digits, separators at the same places, no leading
 * zero where the given one has none; of 1,250 such as 1,251, 1,249 and 1,248. Nearest first; of two as near, which
 * comes first is drawn.
 *
 * @returns Up to `count` numbers; fewer where no more of the form exist, as of one digit there are nine others.
 */
export function nearNumbers(gold: string, count: number, random: Uniform): string[] {
  const digits = gold.replace(separators, "");
  const value = Number(digits);
  const least = digits.length > 1 && !digits.startsWith("0") ? 10 ** (digits.length - 1) : 0;
  const most = 10 ** digits.length - 1;
  const found: string[] = [];
  for (let distance = 1; found.length < count && distance <= most; distance++) {
    const sign = random() < 0.5 ? -1 : 1;
    for (const other of [value + sign * distance, value - sign * distance])
      if (found.length < count && other >= least && other <= most) found.push(writtenLike(gold, digits.length, other));
  }
  return found;
}

/** A number with the separators of another at the same places. */
function writtenLike(gold: string, length: number, value: number): string {
  const digits = String(value).padStart(length, "0");
  let next = 0;
  return gold.replace(/[0-9]/g, () => digits[next++]!);
}

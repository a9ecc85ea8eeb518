/**
 * Text up to the earliest stop string; the whole text when none occurs. Empty stop strings are ignored.
 * Generators may stop late or not at all, so every task cuts again before it extracts.
 * @example
 * ```ts
 * import { cutAtStop } from "@vpt/eval";
 *
 * cutAtStop("18\nQuestion: next", ["Question:"]) // "18\n"
 * ```
 */
export function cutAtStop(text: string, stop: readonly string[]): string {
  let end = text.length;
  for (const word of stop) {
    const at = word === "" ? -1 : text.indexOf(word);
    if (at >= 0 && at < end) end = at;
  }
  return text.slice(0, end);
}

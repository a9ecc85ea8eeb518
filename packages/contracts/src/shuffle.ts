import type { Random } from "./random.js";

/**
 * Returns the items in random order (Fisher and Yates): the same random state gives the same order. Draws `items.length
 * − 1` integers.
 *
 * @param items Left alone.
 * @example
 * ```ts
 * import { randomFromSeed, shuffle } from "@vpt/contracts";
 *
 * const order = shuffle(randomFromSeed(0, "order"), ["a", "b", "c"]);
 * ```
 */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

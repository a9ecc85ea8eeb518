import type { Random } from "@vpt/core";

/** `count` different entries in random order, or all of a shorter list. */
export function sampleRows<T>(from: readonly T[], count: number, random: Random): T[] {
  const order = from.map((_, i) => i);
  return Array.from({ length: Math.min(count, from.length) }, (_, i) => {
    const j = i + random.integer(order.length - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
    return from[order[i]!]!;
  });
}

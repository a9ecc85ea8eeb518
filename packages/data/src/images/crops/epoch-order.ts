import { randomFromSeed } from "@vpt/contracts";

/**
 * Which item stands at a position of an endless walk that takes every item once an epoch, in a new order each epoch. A
 * pure function of seed and position, so a cursor is a number; the orders of two epochs are kept.
 * @example
 * ```ts
 * const itemAt = epochOrder(768, 0);
 * const item = itemAt(1000); // of 0 … 767
 * ```
 * @category crops
 */
export function epochOrder(count: number, seed: number): (position: number) => number {
  const orders = new Map<number, Uint32Array>();
  const orderOf = (epoch: number): Uint32Array => {
    const known = orders.get(epoch);
    if (known) return known;
    const random = randomFromSeed(seed, `epoch ${epoch}`);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (const old of orders.keys()) if (old < epoch - 1) orders.delete(old);
    orders.set(epoch, order);
    return order;
  };
  return (position) => orderOf(Math.floor(position / count))[position % count]!;
}

import { expect, it } from "vitest";
import { randomFromSeed } from "./random.js";
import { shuffle } from "./shuffle.js";

it("keeps every item, leaves its argument alone, and repeats for a seed", () => {
  const items = Array.from({ length: 20 }, (_, i) => i);
  const order = shuffle(randomFromSeed(0), items);
  expect([...order].sort((a, b) => a - b)).toEqual(items);
  expect(order).not.toEqual(items);
  expect(shuffle(randomFromSeed(0), items)).toEqual(order);
  expect(items[0]).toBe(0);
  expect(shuffle(randomFromSeed(0), [])).toEqual([]);
});

it("gives each order of three items as often as the others", () => {
  const random = randomFromSeed(1);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = shuffle(random, ["a", "b", "c"]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150); // five standard deviations
});

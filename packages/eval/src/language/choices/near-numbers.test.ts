import { expect, it } from "vitest";
import { createRandom } from "../../internal/random.js";
import { nearNumbers } from "./near-numbers.js";

const near = (gold: string, count: number, seed = 0) => nearNumbers(gold, count, createRandom(seed));
const valueOf = (text: string): number => Number(text.replace(/[^0-9]/g, ""));

it.each(["7", "24", "130", "9999", "1000", "1,250", "0.5", "12.75", "00", "10"])(
  "gives the nearest numbers written like %s",
  (gold) => {
    for (const seed of [0, 1, 2]) {
      const found = near(gold, 7, seed);
      expect(found).toHaveLength(7);
      expect(new Set([gold, ...found]).size).toBe(8);
      for (const other of found) {
        expect(other.replace(/[0-9]/g, "d")).toBe(gold.replace(/[0-9]/g, "d"));
        if (gold.length > 1 && gold[0] !== "0") expect(other[0]).not.toBe("0");
      }
      const distances = found.map((other) => Math.abs(valueOf(other) - valueOf(gold)));
      expect(distances).toEqual([...distances].sort((a, b) => a - b));
      const most = distances.at(-1)!;
      expect(distances.filter((distance) => distance < most).length).toBeGreaterThanOrEqual(most > 4 ? most - 1 : 0);
    }
  },
);

it("gives all others where fewer exist, and draws the order of equals by the seed", () => {
  expect(near("3", 20).sort()).toEqual(["0", "1", "2", "4", "5", "6", "7", "8", "9"]);
  expect(near("55", 7, 5)).toEqual(near("55", 7, 5));
  const firsts = new Set(Array.from({ length: 20 }, (_, seed) => near("55", 1, seed)[0]));
  expect([...firsts].sort()).toEqual(["54", "56"]);
});

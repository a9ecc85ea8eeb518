import { describe, expect, it } from "vitest";
import { randomFromSeed, randomFromState } from "./random.js";

const draw = (count: number, from: () => number): number[] => Array.from({ length: count }, from);
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
const moment = (xs: readonly number[], power: number): number => mean(xs.map((x) => x ** power));

describe("randomFromSeed", () => {
  it("goes on exactly from a state that went through JSON", () => {
    const random = randomFromSeed(7, "feedback");
    draw(5, random.normal);
    const state = JSON.parse(JSON.stringify(random.state())) as number[];
    const rest = [...draw(5, random.uniform), ...draw(5, random.normal), ...draw(5, () => random.integer(10))];
    const again = randomFromState(state);
    expect([...draw(5, again.uniform), ...draw(5, again.normal), ...draw(5, () => again.integer(10))]).toEqual(rest);
  });

  it("does not hand out the state it goes on with", () => {
    const random = randomFromSeed(1);
    const before = [...random.state()];
    const state = random.state();
    random.uniform();
    expect(state).toEqual(before);
    expect(random.state()).not.toEqual(before);
  });

  it("repeats for a seed and name, and differs by either", () => {
    const first = (seed: number, name?: string): number[] => draw(4, randomFromSeed(seed, name).uniform);
    expect(first(0, "a")).toEqual(first(0, "a"));
    const streams = [0, 1, 2, -1, 12_345].flatMap((seed) =>
      ["", "a", "b", "ab", "ba"].map((name) => first(seed, name)),
    );
    expect(new Set(streams.map((stream) => stream[0])).size).toBe(streams.length);
  });

  it("gives near seeds streams without correlation", () => {
    const [a, b] = [0, 1].map((seed) => draw(20_000, randomFromSeed(seed, "x").normal)) as [number[], number[]];
    expect(Math.abs(mean(a.map((x, i) => x * b[i]!)))).toBeLessThan(4 / Math.sqrt(20_000));
  });

  // Bounds are four standard errors at 100,000 draws.
  it("is uniform on [0, 1)", () => {
    const xs = draw(100_000, randomFromSeed(3, "uniform").uniform);
    expect(xs.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(mean(xs) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / 1e5));
    expect(Math.abs(moment(xs, 2) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / 1e5));
  });

  it("is normal with mean 0, variance 1, no skew and kurtosis 3", () => {
    const xs = draw(100_000, randomFromSeed(3, "normal").normal);
    const errors = [1, 2, 15, 96].map((variance) => 4 * Math.sqrt(variance / 1e5));
    [0, 1, 0, 3].forEach((expected, i) => expect(Math.abs(moment(xs, i + 1) - expected)).toBeLessThan(errors[i]!));
  });

  it("draws every integer below the bound, and no other", () => {
    const random = randomFromSeed(5);
    const counts = Array<number>(7).fill(0);
    for (const x of draw(70_000, () => random.integer(7))) counts[x]!++;
    expect(counts).toHaveLength(7);
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt(10_000));
  });
});

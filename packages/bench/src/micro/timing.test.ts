import { expect, it } from "vitest";
import { runInterleaved, secondsOf, timing } from "./timing.js";

it("takes the median and the quartiles", () => {
  expect(timing([5, 1, 3, 2, 4])).toMatchObject({ median: 3, low: 2, high: 4 });
  expect(timing([1, 2]).median).toBe(1.5);
});

it("tells the median run from the fastest", () => {
  const comparison = { a: { timing: timing([3, 1, 2]) }, b: { timing: timing([5, 9, 7]) } };
  expect(secondsOf(comparison, "median")).toEqual({ a: 2, b: 7 });
  expect(secondsOf(comparison, "fastest")).toEqual({ a: 1, b: 5 });
});

it("runs in turn and leaves the warm-up out", async () => {
  const order: string[] = [];
  const implementation = (name: string) => async () => ({ seconds: order.push(name), result: 7 });
  const { a, b } = await runInterleaved({ a: implementation("a"), b: implementation("b") }, { rounds: 2, warmUp: 1 });
  expect(order).toEqual(["a", "b", "a", "b", "a", "b"]);
  expect([a.timing.runs, b.timing.runs]).toEqual([
    [3, 5],
    [4, 6],
  ]);
  expect(a.result).toBe(7);
});

it("does not run again who is slow beyond patience", async () => {
  const { slow, quick } = await runInterleaved(
    { slow: async () => ({ seconds: 61 }), quick: async () => ({ seconds: 1 }) },
    { rounds: 3, warmUp: 2 },
  );
  expect([slow.timing.runs, quick.timing.runs]).toEqual([[61], [1, 1, 1]]);
});

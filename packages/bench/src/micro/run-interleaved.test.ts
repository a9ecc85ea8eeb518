import { expect, it } from "vitest";
import { runInterleaved, secondsOf, timed } from "./run-interleaved.js";
import { timing } from "./timing.js";

it("times a step by the clock it is given", async () => {
  let now = 0;
  const run = timed(
    async () => ((now += 250), 3),
    () => now,
  );
  expect(await run()).toMatchObject({ seconds: 0.25, result: 3, peakBytes: expect.any(Number) });
});

it("returns the seconds of the median or of the fastest run", () => {
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

it("does not run an implementation again that is too slow", async () => {
  const { slow, quick } = await runInterleaved(
    { slow: async () => ({ seconds: 61 }), quick: async () => ({ seconds: 1 }) },
    { rounds: 3, warmUp: 2 },
  );
  expect([slow.timing.runs, quick.timing.runs]).toEqual([[61], [1, 1, 1]]);
});

import type { BatchSource } from "@vpt/core";
import { batchSourceLaws, brokenLaws } from "@vpt/core/testing";
import { expect, it } from "vitest";
import { timedBatches } from "./timed-batches.js";

const counting = (delayMs = 0) => {
  let at = 0;
  let closed = 0;
  const source = {
    next: async () => {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
      return at < 3 ? at++ : undefined;
    },
    state: () => at,
    restore: (state: unknown) => void (at = state as number),
    close: async () => void closed++,
  };
  return { source, closed: () => closed };
};

it("gives the batches of its source and their end", async () => {
  const batches = timedBatches(counting().source);
  const seen = [];
  for (let i = 0; i < 4; i++) seen.push(await batches.next());
  expect(seen).toEqual([0, 1, 2, undefined]);
});

it("hands state, restoring and closing through", async () => {
  const { source, closed } = counting();
  const batches = timedBatches(source);
  await batches.next();
  const state = batches.state();
  const second = await batches.next();
  await batches.restore(state);
  expect(await batches.next()).toBe(second);
  await batches.close!();
  expect(closed()).toBe(1);
});

it("sums the seconds of waiting, and starts anew when they are taken", async () => {
  const batches = timedBatches(counting(20).source);
  expect(batches.takeSeconds()).toBe(0);
  await batches.next();
  await batches.next();
  const taken = batches.takeSeconds();
  expect(taken).toBeGreaterThan(0.03); // two timers of 20 ms, which may fire a millisecond early
  expect(taken).toBeLessThan(5);
  expect(batches.takeSeconds()).toBe(0);
});

/** A source whose methods are its class's, and read its fields. */
class Countdown implements BatchSource<number> {
  left = 3;
  isClosed = false;
  async next(): Promise<number | undefined> {
    return this.left > 0 ? this.left-- : undefined;
  }
  state(): number {
    return this.left;
  }
  restore(state: unknown): void {
    this.left = state as number;
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

it("wraps an instance of a class, and one without close", async () => {
  const source = new Countdown();
  const batches = timedBatches(source);
  expect([await batches.next(), batches.state()]).toEqual([3, 2]);
  await batches.restore(1);
  expect([await batches.next(), await batches.next()]).toEqual([1, undefined]);
  await batches.close?.();
  expect(source.isClosed).toBe(true);
  const { close: _, ...open } = counting().source;
  await expect(timedBatches(open).close?.()).resolves.toBeUndefined();
});

it("keeps the laws of a batch source", async () => {
  expect(await brokenLaws(batchSourceLaws(() => timedBatches(counting().source)))).toEqual([]);
});

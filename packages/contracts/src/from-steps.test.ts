import { expect, it } from "vitest";
import { fromSteps } from "./from-steps.js";

const upTo = (count: number) => (step: number) => Promise.resolve(step < count ? step : undefined);

it("counts steps, ends, and goes on from a state", async () => {
  const source = fromSteps(upTo(3));
  expect([await source.next(), await source.next()]).toEqual([0, 1]);
  const state = JSON.parse(JSON.stringify(source.state())) as unknown;
  expect([await source.next(), await source.next(), await source.next()]).toEqual([2, undefined, undefined]);
  const other = fromSteps(upTo(3));
  await other.restore(state);
  expect(await other.next()).toBe(2);
});

it("does not count a step that failed, closes what it was given, and refuses another state", async () => {
  let [fails, closed] = [true, 0];
  const source = fromSteps((step) => (fails ? Promise.reject(new Error("torn file")) : Promise.resolve(step)), {
    close: async () => void closed++,
  });
  await expect(source.next()).rejects.toThrow("torn file");
  fails = false;
  expect(await source.next()).toBe(0);
  await source.close?.();
  expect(closed).toBe(1);
  expect(fromSteps(upTo(1)).close).toBeUndefined();
  for (const state of [-1, 0.5, "2", null, { step: 1 }])
    expect(() => source.restore(state)).toThrow(/expected a saved step/);
});

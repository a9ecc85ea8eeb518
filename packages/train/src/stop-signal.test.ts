import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { stopSignal } from "./stop-signal.js";

const names = ["SIGINT", "SIGTERM"] as const;
const kept = new Map<string, NodeJS.SignalsListener[]>();
beforeEach(() => {
  for (const name of names) {
    kept.set(name, process.listeners(name) as NodeJS.SignalsListener[]);
    process.removeAllListeners(name);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const name of names) {
    process.removeAllListeners(name);
    for (const listener of kept.get(name)!) process.on(name, listener);
  }
});

it.each(names)("aborts at the first %s with one line, and ends the process at the second", (name) => {
  const exit = vi.spyOn(process, "exit").mockImplementation((() => undefined) as never);
  const said: string[] = [];
  const signal = stopSignal((line) => void said.push(line));
  expect(signal.aborted).toBe(false);
  process.emit(name);
  expect(signal.aborted).toBe(true);
  expect(said).toEqual([`${name}: finishing this step, then saving; once more to end at once`]);
  expect(exit).not.toHaveBeenCalled();
  process.emit(name);
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
});

it("waits for the same signal twice: one of each finishes the step", () => {
  const exit = vi.spyOn(process, "exit").mockImplementation((() => undefined) as never);
  stopSignal(() => undefined);
  process.emit("SIGINT");
  process.emit("SIGTERM");
  expect(exit).not.toHaveBeenCalled();
});

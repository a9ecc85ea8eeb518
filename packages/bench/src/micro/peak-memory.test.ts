import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { peakMemory, resetPeakMemory } from "./peak-memory.js";

it.runIf(process.platform === "linux")("forgets an allocation that was freed before the reset", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const allocate = (): number => Buffer.alloc(300e6, 1).length;
  expect(allocate()).toBe(300e6);
  const before = peakMemory();
  collect();
  expect(resetPeakMemory()).toBe(true);
  expect(peakMemory()).toBeLessThan(before - 200e6);
});

it("reads the largest resident memory in bytes, and falls back to the process's own number", () => {
  const path = join(mkdtempSync(join(tmpdir(), "peak-")), "status");
  writeFileSync(path, "Name:\tnode\nVmPeak:\t  999 kB\nVmHWM:\t  123456 kB\nVmRSS:\t 1 kB\n");
  expect(peakMemory(path)).toBe(123_456 * 1024);
  expect(peakMemory("/nowhere/status")).toBe(process.resourceUsage().maxRSS * 1024);
});

it("says where it cannot be reset", () => {
  expect(resetPeakMemory("/nowhere/clear_refs")).toBe(false);
});

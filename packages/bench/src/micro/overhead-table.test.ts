import { expect, it } from "vitest";
import type { OverheadWindow } from "./overhead-runner.js";
import { overheadTable } from "./overhead-table.js";

const window = (more: Partial<OverheadWindow>): OverheadWindow => ({
  steps: 8,
  seconds: 8,
  cpuSeconds: 16,
  updateSeconds: [],
  otherSeconds: Array<number>(8).fill(1),
  peakBytes: 1e9,
  isPeakOfWindow: true,
  ...more,
});

// A baseline step of 1 s, 0.05 s for a target, 0.4 s more for an update every eighth step; round 2 is half as fast.
const round = (speed: number) => ({
  baseline: window({ seconds: 8 / speed, cpuSeconds: 16, otherSeconds: Array<number>(8).fill(1 / speed) }),
  method: window({
    seconds: (8 * 1.05 + 0.4) / speed,
    cpuSeconds: 18,
    updateSeconds: [1.45 / speed],
    otherSeconds: Array<number>(7).fill(1.05 / speed),
    peakBytes: 1.5e9 + speed,
  }),
});

it("computes the paper's table: rates of whole windows, ratios by rounds, shares by differences of steps", () => {
  const { baseline, method, ratio, updateShare, targetShare, updateSeconds } = overheadTable(
    [round(1), round(0.5)],
    1024,
  );
  expect(baseline.secondsPerStep).toBeCloseTo(24 / 16, 12);
  expect(baseline.tokensPerSecond).toBeCloseTo((16 * 1024) / 24, 9);
  expect(method.secondsPerStep).toBeCloseTo((3 * 8.8) / 16, 12);
  expect(method.peakBytes).toBe(1.5e9 + 1);
  expect(ratio.seconds.mean).toBeCloseTo(1.1, 12);
  expect(ratio.seconds.ci95![1] - ratio.seconds.ci95![0]).toBeLessThan(1e-9);
  expect(ratio.cpuSeconds.mean).toBeCloseTo(18 / 16, 12);
  expect(ratio.peakBytes.mean).toBeCloseTo(1.5, 6);
  expect(updateShare!.mean).toBeCloseTo(0.4 / 8.8, 12); // of a window of eight steps
  expect(targetShare!.mean).toBeCloseTo((8 * 0.05) / 8.8, 12);
  // baseline, targets and updates are the whole window
  expect(1 / ratio.seconds.mean + updateShare!.mean + targetShare!.mean).toBeCloseTo(1, 12);
  expect(updateSeconds!.mean).toBeCloseTo((0.4 + 0.8) / 2, 12);
});

it("has no shares where every step updates, and says where a peak is the process's", () => {
  const only = window({ updateSeconds: Array<number>(8).fill(1.2), otherSeconds: [], isPeakOfWindow: false });
  const table = overheadTable([{ baseline: window({}), method: only }], 10);
  expect(table).not.toHaveProperty("updateShare");
  expect(table.method.isPeakOfWindow).toBe(false);
  expect(table.baseline.isPeakOfWindow).toBe(true);
  expect(() => overheadTable([], 10)).toThrow("overheadTable: expected at least one round, received none");
});

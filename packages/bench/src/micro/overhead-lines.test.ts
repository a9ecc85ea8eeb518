import { expect, it } from "vitest";
import type { BenchOverhead } from "./bench-overhead.js";
import { overheadLines } from "./overhead-lines.js";

const interval = (mean: number) => ({ mean, ci95: [mean - 0.01, mean + 0.01] as const });
const row = { tokensPerSecond: 114.2, secondsPerStep: 8.9667, cpuSecondsPerStep: 17.4, peakBytes: 4.5e9 };
const measured = {
  method: "value",
  every: 8,
  rounds: 9,
  window: 32,
  warmUp: 16,
  tables: {
    "compute-only": {
      baseline: { ...row, isPeakOfWindow: true },
      method: { ...row, secondsPerStep: 9.25, isPeakOfWindow: false },
      ratio: { seconds: interval(1.032), cpuSeconds: interval(1.04), peakBytes: interval(1.1) },
      updateShare: interval(0.026),
      targetShare: interval(0.005),
    },
  },
  counted: { baseline: 880.6e9, extra: 30.4e9, ratio: 1.0345 },
  ratios: { "double backprop": 3.128 },
} as unknown as BenchOverhead;

it("prints the table, the intervals, and the counted ratio beside the measured", () => {
  expect(overheadLines(measured)).toEqual([
    "compute-only, an update every 8 steps, 9 rounds of 32 steps after 16",
    "baseline   114.2 tok/s, 8.967 s/step, 17.400 processor s/step, peak 4.50 GB",
    "value      114.2 tok/s, 9.250 s/step, 17.400 processor s/step, peak 4.50 GB" +
      " (since the start: this system cannot reset it)",
    "ratio time 1.032 [1.022, 1.042], processor time 1.040 [1.030, 1.050], memory 1.100 [1.090, 1.110]",
    "of the time: value updates 2.6 [1.6, 3.6] %, targets at every step 0.5 [-0.5, 1.5] %",
    "counted: 1.034 (880.6 GFLOP a baseline step, 30.40 GFLOP more)",
    "PyTorch's update by double backprop / ours: 3.13",
  ]);
});

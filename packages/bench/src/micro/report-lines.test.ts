import { expect, it } from "vitest";
import { comparisonLines } from "./report-lines.js";
import { timing } from "./timing.js";

it("formats times, peaks and ratios, one a line", () => {
  const comparison = { ours: { timing: timing([1, 2, 3]), peakBytes: 2.5e9 }, eager: { timing: timing([4]) } };
  expect(comparisonLines(comparison, { eager: 2, bf16: 1.5 }, { eager: 4 })).toEqual([
    "ours           2.00 s (quartiles 1.50–2.50), peak 2.50 GB",
    "eager          4.00 s (quartiles 4.00–4.00)",
    "ratio eager 2.00 (of the fastest runs 4.00)",
    "ratio bf16 1.50",
  ]);
});

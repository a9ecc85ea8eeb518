import { expect, it } from "vitest";
import { fixtureSummary } from "./__fixtures__/fixture-run.js";
import { describeRun } from "./describe-run.js";

it("describes a language run as aligned lines", () => {
  expect(describeRun(fixtureSummary({ gains: [0, 0.02, 0] })).split("\n")).toEqual([
    "smollm2, 4 steps a method, TensorFlow 2.21.0 on cpu",
    "          held-out NLL  top-1   unlabeled NLL  against baseline [95 % over rows]  time",
    "before    2.1000        0.4000  1.2500",
    "baseline  2.0000        0.5000  1.3000                                            4 s",
    "tilt      1.9800        0.5200  1.3100         −0.0230 [−0.0250, −0.0210]         8 s",
    "value     2.0000        0.5000  1.3000         +0.0000 [+0.0000, +0.0000]         12 s",
    "skipped steps: 1 of tilt, 2 of value",
    "peak resident memory 2.69 GB",
  ]);
});

it("describes a vision run, which has no items, with what it left out and waited for", () => {
  const text = describeRun(fixtureSummary({ kind: "vision" }));
  expect(text).toContain("mIoU    depth RMSE, m  against baseline  time");
  expect(text).toContain("tilt      0.3200  1.6800         +0.0200           8 s");
  expect(text).toContain("waited for images 5.5 % of the time");
  expect(text).toContain("skipped samples: 2 of unlabeled; skipped-samples.jsonl says why");
});

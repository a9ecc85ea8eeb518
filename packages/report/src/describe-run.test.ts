import { expect, it } from "vitest";
import { fixtureSummary } from "./__fixtures__/fixture-run.js";
import { describeRun } from "./describe-run.js";

it("describes a language run as aligned lines", () => {
  expect(describeRun(fixtureSummary({ gains: [0, 0.02, 0] })).split("\n")).toEqual([
    "smollm2, 4 steps a method, TensorFlow 2.21.0 on cpu",
    "          held-out NLL  top-1   unlabeled NLL  against baseline [95 % over rows]  time  × baseline",
    "before    2.1000        0.4000  1.2500",
    "baseline  2.0000        0.5000  1.3000                                            4 s",
    "tilt      1.9800        0.5200  1.3100         −0.0230 [−0.0250, −0.0210]         8 s   2.00",
    "value     2.0000        0.5000  1.3000         +0.0000 [+0.0000, +0.0000]         12 s  3.00",
    "skipped steps: 1 of tilt, 2 of value",
    "peak resident memory 2.69 GB",
  ]);
});

it("describes a vision run, which has no items, with what it left out and waited for", () => {
  const text = describeRun(fixtureSummary({ kind: "vision" }));
  expect(text).toContain("mIoU    depth RMSE, m  against baseline  time  × baseline");
  expect(text).toContain("tilt      0.3200  1.6800         +0.0200           8 s   2.00");
  expect(text).toContain("waited for images 5.5 % of the time");
  expect(text).toContain("skipped samples: 2 of unlabeled; skipped-samples.jsonl says why");
});

it("describes a run by seconds with both comparisons, steps and the cost of a step", () => {
  const summary = fixtureSummary({ kind: "vision", steps: 12 });
  const methods = summary.methods.map((own, i) =>
    i === 1
      ? {
          ...own,
          steps: 6,
          trainingSeconds: 12,
          atEqualSteps: { step: 4, quick: true, metrics: { mIoU: 0.4 }, baseline: { mIoU: 0.25 } },
        }
      : own,
  );
  const [head, titles, , baseline, tilt, value] = describeRun({ ...summary, match: "seconds", methods }).split("\n");
  expect(head).toBe(
    "ViT, 2 layers, as many seconds of training a method as 12 steps of the baseline, TensorFlow 2.21.0 on cpu",
  );
  const columns = (line?: string): string[] => line!.trim().split(/ {2,}/);
  expect(columns(titles)).toEqual(["mIoU", "depth RMSE, m", "by seconds", "by steps", "steps", "time", "× baseline"]);
  expect(columns(baseline)).toEqual(["baseline", "0.3000", "1.7000", "12", "12 s"]);
  expect(columns(tilt)).toEqual(["tilt", "0.3200", "1.6800", "+0.0200", "+0.1500 at step 4", "6", "24 s", "2.00"]);
  expect(columns(value)).toEqual(["value", "0.2900", "1.7100", "−0.0100", "12", "36 s", "3.00"]);
});

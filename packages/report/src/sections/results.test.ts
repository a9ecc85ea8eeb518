import { expect, it } from "vitest";
import { fixtureSummary, type FixtureOptions } from "../__fixtures__/fixture-run.js";
import { methodColors } from "../charts/method-colors.js";
import { compareRuns } from "../compare-runs.js";
import type { FinishedRun, MethodLogs } from "../read-run.js";
import type { RunSummary } from "@vpt/train";
import { resultsSection } from "./results.js";

const noLogs: MethodLogs = { metrics: [], timings: [], evaluations: [], probe: [], "skipped-samples": [] };
const runOf = (summary: RunSummary, logs: FinishedRun["logs"] = {}): FinishedRun => ({
  folder: "runs/a",
  summary,
  config: undefined,
  logs,
});
const sectionOf = (runs: readonly FinishedRun[]): string => {
  const summaries = runs.map(({ summary }) => summary) as [RunSummary, ...RunSummary[]];
  const comparison = compareRuns(summaries);
  return resultsSection(runs, comparison, methodColors(comparison.methods.map(({ method }) => method))).html;
};
const section = (...options: readonly FixtureOptions[]): string =>
  sectionOf(options.map((option) => runOf(fixtureSummary(option))));
/** The text of each row's cells. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) =>
      cell!
        .replace(/<[^>]*>/g, " ")
        .replace(/\s+/g, " ")
        .trim(),
    ),
  );

it("has a row for the start and each method, scores with differences, time and units", () => {
  const [head, start, baseline, tilt] = rowsOf(section({ kind: "vision" }));
  expect(head).toEqual(["method", "mIoU higher is better", "depth RMSE, m lower is better", "time", "images"]);
  expect(start).toEqual(["before training", "0.2000", "1.8000", "", ""]);
  expect(baseline).toEqual(["baseline", "0.3000", "1.7000", "4 s 1 s a step", "400"]);
  expect(tilt).toEqual([
    "tilt",
    "0.3200 no interval +0.0200",
    "1.6800 no interval −0.0200",
    "8 s 2 s a step 2.00 × baseline",
    "400 1 step skipped",
  ]);
});

it("says better, worse or unclear by the interval and the metric's direction", () => {
  const html = section({ gains: [0, 0.02, -0.01] });
  const [, , , tilt, value] = rowsOf(html);
  expect(tilt![1]).toMatch(/^1\.9800 better −0\.0230 \[−0\.02\d\d, −0\.02\d\d\]$/);
  expect(value![1]).toMatch(/^2\.0100 worse \+0\.0115/);
  expect(section({ gains: [0, 0, 0] })).toContain('<small class="unclear">unclear</small>');
  expect(html).toContain("bootstrap interval over test items of this one seed");
});

it("gives means of seeds, Student's intervals, and the seeds that a method has", () => {
  const html = section({ kind: "vision", seed: 0 }, { kind: "vision", seed: 1, methods: ["baseline", "tilt"] });
  expect(html).toContain("After 4 steps, means of 2 seeds");
  expect(html).toContain("Student's 95 % interval over seeds".replace("'", "&#39;"));
  const names = rowsOf(html).map(([name]) => name);
  expect(names).toEqual(["method", "before training", "baseline", "tilt", "value (seed 0)"]);
});

it("leaves differences out without a baseline, and the ratio of times", () => {
  const [, , tilt] = rowsOf(section({ kind: "vision", methods: ["tilt"], gains: [0.1] }));
  expect(tilt).toEqual(["tilt", "0.4000", "1.6000", "4 s 1 s a step", "400"]);
});

it("shows a dash for a metric that one method lacks", () => {
  const summary = fixtureSummary({ kind: "vision" });
  const methods = summary.methods.map((own, i) => (i === 1 ? { ...own, scores: { metrics: { mIoU: 0.5 } } } : own));
  const [, , baseline, tilt] = rowsOf(sectionOf([runOf({ ...summary, methods })]));
  expect(baseline![2]).toBe("1.7000");
  expect(tilt![2]).toBe("–");
});

it("correlates the probe's pairs of all seeds, from four pairs on, but not for the baseline", () => {
  const probe = [1, 2, 3, 4].map((x, step) => ({ step, predicted: x, realised: 2 * x }));
  const logs = Object.fromEntries(["baseline", "tilt", "value"].map((name) => [name, { ...noLogs, probe }]));
  const short = { ...logs, value: { ...noLogs, probe: probe.slice(0, 3) } };
  const [head, , baseline, tilt, value] = rowsOf(sectionOf([runOf(fixtureSummary(), short)]));
  expect(head!.at(-1)).toBe("probe r [95 %]");
  expect(tilt!.at(-1)).toMatch(/^1\.00 \[.*\] n = 4 steps$/);
  expect([baseline!.at(-1), value!.at(-1)]).toEqual(["", ""]);
  expect(sectionOf([runOf(fixtureSummary())])).not.toContain("probe r");
});

it("has both comparisons of a run by seconds, and each method's steps", () => {
  const summary = fixtureSummary({ kind: "vision", steps: 12 });
  const atEqualSteps = { step: 4, quick: true, metrics: { mIoU: 0.4 }, baseline: { mIoU: 0.25 } };
  const methods = summary.methods.map((own, i) =>
    i === 1 ? { ...own, steps: 6, trainingSeconds: 12, atEqualSteps } : own,
  );
  const html = sectionOf([runOf({ ...summary, match: "seconds", methods })]);
  const [head, , baseline, tilt] = rowsOf(html);
  expect(head!.slice(3)).toEqual(["mIoU by steps", "steps", "time", "images"]);
  expect(baseline!.slice(3, 5)).toEqual(["", "12"]);
  expect(tilt!.slice(3, 6)).toEqual(["+0.1500 at step 4", "6", "24 s 2 s a step 2.00 × baseline"]);
  expect(html).toContain("After as many seconds of training a method as 12 steps of the baseline");
  expect(html).toContain("the same seconds of training, its own overhead included");
  expect(html).toContain("at 1 times its time in all, 2 times the baseline&#39;s time a step");
});

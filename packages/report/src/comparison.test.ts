import { expect, it } from "vitest";
import { comparisonSection, groupRuns, overSeeds } from "./comparison.js";
import type { FinishedRun } from "./read-run.js";

const run = (seed: number, nll: Record<string, number>, steps = 10): FinishedRun => ({
  folder: `/nowhere/${seed}`,
  summary: {
    format: 2,
    kind: "language",
    unit: "tokens",
    metrics: [],
    primaryMetric: "nll",
    peakResidentBytes: 0,
    finishedAt: "",
    model: "tiny",
    backend: "cpu",
    seed,
    steps,
    data: {},
    before: { metrics: { nll: 3, accuracy: 0 } },
    methods: Object.entries(nll).map(([method, nllPerToken]) => ({
      method,
      seconds: 1,
      secondsPerStep: 1,
      units: 10,
      skipped: 0,
      scores: { metrics: { nll: nllPerToken, accuracy: 0 } },
    })),
  },
  logs: {
    tilt: {
      metrics: [{ step: 0, gate: 0.1 * seed }],
      timings: [],
      probe: [
        { step: 0, loss: seed },
        { step: 5, loss: 1 },
      ],
    },
  },
});

it("pairs methods with the baseline seed by seed", () => {
  const [baseline, tilt] = overSeeds([run(1, { baseline: 2, tilt: 1.9 }), run(2, { baseline: 3, tilt: 2.8 })]);
  expect(baseline).toMatchObject({ method: "baseline", seeds: [1, 2], nll: 2.5, difference: undefined });
  expect(tilt!.difference!.mean).toBeCloseTo(-0.15, 9);
  const half = (12.7062047 * 0.1) / 2; // t(0.975, 1)·s/√2 with s = 0.1/√2
  expect(tilt!.difference!.ci95![0]).toBeCloseTo(-0.15 - half, 6);
  expect(overSeeds([run(1, { tilt: 1.9 })])[0]!.difference).toBeUndefined();
});

it("groups runs that differ in their seed alone, and leaves out a second run of a seed", () => {
  const methods = { baseline: 2, tilt: 1.9 };
  const groups = groupRuns([run(1, methods), run(2, methods), run(1, methods), run(3, methods, 20)]);
  expect(groups.map((group) => group.map(({ summary }) => summary.seed))).toEqual([[1, 2], [3]]);
});

it("draws a band, and says nothing of a single run", async () => {
  const methods = { baseline: 2, tilt: 1.9 };
  const html = await comparisonSection([run(1, methods), run(2, methods)]);
  expect(html).toContain("<svg");
  expect(html).toContain("−0.1000 [−0.1000, −0.1000]");
  expect(await comparisonSection([run(1, methods)])).toBe("");
});

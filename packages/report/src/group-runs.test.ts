import { expect, it } from "vitest";
import { fixtureSummary, type FixtureOptions } from "./__fixtures__/fixture-run.js";
import { groupRuns } from "./group-runs.js";
import type { FinishedRun } from "./read-run.js";

const run = (options: FixtureOptions, config?: Record<string, unknown>): FinishedRun => ({
  folder: `runs/${options.seed ?? 0}`,
  summary: fixtureSummary(options),
  config,
  logs: {},
});
const seedsOf = (runs: readonly FinishedRun[]): number[] => runs.map(({ summary }) => summary.seed);

it("groups runs that differ in their seed alone", () => {
  const groups = groupRuns([
    run({ seed: 1 }),
    run({ seed: 2 }),
    run({ seed: 3, steps: 20 }),
    run({ seed: 1, kind: "vision" }),
  ]);
  expect(groups.map(({ runs }) => seedsOf(runs))).toEqual([[1, 2], [3], [1]]);
});

it("compares whole configurations where they are kept", () => {
  const groups = groupRuns([
    run({ seed: 1 }, { seed: 1, batchSize: 4 }),
    run({ seed: 2 }, { seed: 2, batchSize: 4 }),
    run({ seed: 3 }, { seed: 3, batchSize: 8 }),
  ]);
  expect(groups.map(({ runs }) => seedsOf(runs))).toEqual([[1, 2], [3]]);
});

it("sets a second run of a seed aside", () => {
  const [group] = groupRuns([run({ seed: 1 }), run({ seed: 2 }), run({ seed: 1 })]);
  expect([seedsOf(group!.runs), seedsOf(group!.repeated)]).toEqual([[1, 2], [1]]);
});

import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "../ablation/tiny-start.js";
import { bestSoFar, runTokensSeed, summarizeTokens } from "./tokens.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("the best so far never rises", () => expect(bestSoFar([3, 1, 2, 0.5])).toEqual([3, 1, 1, 0.5]));

it("tells how soon a run reaches the baseline's best, and how far it lies above on the way", () => {
  const curves = { baseline: [3, 2, 2.5], value: [3, 2.25, 1], "value, burn-in": [3, 2.5, 2.5] };
  const { stepsToBaselineBest, dip, selection } = summarizeTokens([{ seed: 0, curves }]);
  expect(stepsToBaselineBest).toEqual({ baseline: [10], value: [20], "value, burn-in": [null] });
  expect(selection).toEqual({ raw: "none", best: "best-on-test" });
  expect(dip).toEqual({ baseline: 0, value: 0.25, "value, burn-in": 0.5 });
});

it("burn-in is the baseline until it ends", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 30, batchSize: 4, testRows: 16, feedbackBatch: 2 };
  const { curves } = await runTokensSeed(0, {
    settings,
    progress: { setStatus: () => {}, log: () => {} },
    compile: (f) => f,
  });
  expect(curves["baseline"]).toHaveLength(4);
  expect(curves["value, burn-in"]!.slice(0, 3)).toEqual(curves["baseline"]!.slice(0, 3));
  expect(curves["value"]![1]).not.toBe(curves["baseline"]![1]);
  expect(curves["value, burn-in"]![3]).not.toBe(curves["baseline"]![3]);
});

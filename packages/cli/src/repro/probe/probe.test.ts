import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "../ablation/tiny-start.js";
import { summarizeProbe } from "./probe.js";
import { summarizePairs } from "./summarize-probe.js";
import { runProbeSeed } from "./tiny-probe.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("pairs on a line through the origin have r 1 and its slope", () => {
  const pairs = [1, -2, 3, 4].map((x) => ({ predicted: x, realised: x / 2 }));
  expect(summarizePairs(pairs)).toMatchObject({ n: 4, r: 1, slope: 0.5, fell: 0.75, sameSign: 1 });
});

it("small SGD steps of a short run are predicted, arm by arm", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 13, testRows: 32 };
  const probed = await runProbeSeed(0, { settings, progress: { update: () => {}, say: () => {} }, compile: (f) => f });
  const arms = summarizeProbe([{ seed: 0, ablation: probed, longer: probed }]).setUps.ablation;
  for (const arm of ["value", "baseline", "random"]) {
    expect(arms[arm]!["SGD 0.01"]).toMatchObject({ n: 4 });
    expect(arms[arm]!["SGD 0.01"]!.r).toBeGreaterThan(0.99);
    expect(arms[arm]!["SGD 0.01"]!.slope).toBeCloseTo(1, 1);
  }
  expect(arms["value"]!["AdamW step, predicted by feedback"]!.n).toBe(4);
});

import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "../ablation/tiny-start.js";
import { summarizeProbe } from "./probe.js";
import { concludeSmallProbe, planSmallProbe } from "./small-probe.js";
import { summarizePairs } from "./probe-summary.js";
import { runProbeSeed } from "./tiny-probe.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("pairs on a line through the origin have r 1 and its slope", () => {
  const pairs = [1, -2, 3, 4].map((x) => ({ predicted: x, realised: x / 2 }));
  expect(summarizePairs(pairs)).toMatchObject({ n: 4, r: 1, slope: 0.5, fell: 0.75, sameSign: 1 });
});

it("small SGD steps of a short run are predicted, method by method", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 13, testRows: 32 };
  const probed = await runProbeSeed(0, {
    settings,
    progress: { setStatus: () => {}, log: () => {} },
    compile: (f) => f,
  });
  const methods = summarizeProbe([{ seed: 0, ablation: probed, longer: probed }]).setUps.ablation;
  for (const method of ["value", "baseline", "random"]) {
    expect(methods[method]!["SGD 0.01"]).toMatchObject({ n: 4 });
    expect(methods[method]!["SGD 0.01"]!.r).toBeGreaterThan(0.99);
    expect(methods[method]!["SGD 0.01"]!.slope).toBeCloseTo(1, 1);
  }
  expect(methods["value"]!["AdamW step, predicted by feedback"]!.n).toBe(4);
});

it("small: pools the seeds of a method, and tells how much of a feedback draw is signal", () => {
  const rows = [1, -2, 3, 4].map((x, step) => {
    const pair = { loss: 1, predicted: x, realised: x / 2 };
    return {
      seed: 200,
      method: "value",
      step,
      gradientNorm: 0.5,
      feedbackCosine: 0.25,
      byFeedback: x,
      taken: pair,
      rates: [pair, pair, pair],
    };
  });
  const { json, text } = concludeSmallProbe({ machine: "m", backend: "b", minutes: 1, rows });
  expect(json["methods"]).toMatchObject({ value: { "SGD 0.1": { n: 4, r: 1, slope: 0.5 }, "AdamW step": { n: 4 } } });
  expect(text).toContain("cos(g, ḡ) of a feedback draw 0.25 on average");
  expect(planSmallProbe({})).toContain("n = 80 a method");
});

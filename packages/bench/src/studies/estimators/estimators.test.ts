import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "../ablation/tiny-start.js";
import { summarizeEstimators } from "./estimators.js";
import { compare, runEstimatorSeed } from "./tiny-estimators.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("compares vectors: error and angle", () => {
  const { error, angle } = compare(Float64Array.of(1, 1), Float64Array.of(1, 0));
  expect([error, angle]).toEqual([1, Math.PI / 4]);
  expect(compare(Float64Array.of(-2, 0), Float64Array.of(1, 0))).toEqual({ error: 3, angle: Math.PI });
});

it("the jvp is double backprop to rounding; differences come near; each has its cost", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 5, testRows: 16 };
  const row = await runEstimatorSeed(0, {
    settings,
    progress: { setStatus: () => {}, log: () => {} },
    compile: (f) => f,
  });
  const { estimators, reference, failures, batches } = summarizeEstimators([row]);
  expect({ batches, failures }).toEqual({ batches: 2, failures: [] });
  expect(estimators["central, h 1e-3"]!.worst).toBeLessThan(1e-2);
  expect(estimators["one-sided, h 1e-3"]!.worst).toBeLessThan(0.1);
  expect(reference.peakMegabytes).toBeGreaterThan(0);
});

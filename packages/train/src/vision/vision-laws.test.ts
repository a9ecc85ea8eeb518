// The vision workload and its parts keep the laws of their contracts.
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config/load-config.js";
import { brokenBatchLaws } from "../testing/broken-batch-laws.js";
import { workloadLaws } from "../testing/workload-laws.js";
import { tinyVision } from "../testing/tiny-vision.js";
import { visionConfigSchema } from "./config.js";
import { visionWorkload } from "./vision-workload.js";

const parse = (more: object) => parseConfig(visionConfigSchema, { ...tinyVision, ...more }, "test");

describe("visionWorkload keeps the laws of a workload", () => {
  const config = parse({ steps: 3, pretrainSteps: 0, saveEvery: 1, methods: ["value"] });
  for (const { name, check } of workloadLaws(visionWorkload, config)) it(name, check, 120_000);
});

describe("its batches keep the laws of a batch source", () => {
  it.each([
    ["alone", {}],
    ["with a meta batch", { value: { ...tinyVision.value, metaBatchSize: 2 } }],
    ["with noise and patch coordinates", { methods: ["random-mask"], crops: { ...tinyVision.crops, locals: 0 } }],
    ["of micro-batches", { gradientAccumulation: 2 }],
  ])("%s", async (_, more) => {
    expect(await brokenBatchLaws(visionWorkload, parse({ methods: ["value"], ...more }))).toEqual([]);
  });
});

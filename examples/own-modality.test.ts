import { parseConfig, type RunCallback } from "@vpt/train";
import { callbackLaws, workloadLaws } from "@vpt/train/testing";
import { describe, it } from "vitest";
import { regression } from "./own-modality.js";

const config = parseConfig(
  regression.schema,
  { steps: 4, saveEvery: 2, backend: { device: "js", compile: false } },
  "test",
);
const counter = (): RunCallback => {
  let steps = 0;
  return { onStep: () => void steps++ };
};

describe("a modality of one's own keeps the laws of a workload", () => {
  for (const { name, check } of workloadLaws(regression, config)) it(name, check);
});
describe("a callback of one's own keeps the laws of a callback", () => {
  for (const { name, check } of callbackLaws(counter, regression, config)) it(name, check);
});

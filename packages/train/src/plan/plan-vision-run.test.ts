import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfigFile, parseConfig } from "../config/load-config.js";
import { visionConfigSchema } from "../vision/config.js";
import { describeVisionPlan, planVisionRun } from "./plan-vision-run.js";

const load = async (name: string, ...set: string[]) => {
  const path = fileURLToPath(new URL(`../../../../examples/vision/${name}.config.ts`, import.meta.url));
  return parseConfig(visionConfigSchema, await loadConfigFile(path, set), name);
};

describe("planVisionRun", () => {
  it.each(["quickstart", "camvid", "paper/ade20k-vitb", "paper/nyuv2-vitl"])(
    "plans examples/vision/%s",
    async (name) => {
      const run = await load(name);
      const plan = planVisionRun(run);
      expect(plan.images).toBe(run.steps * run.batchSize);
      expect(plan.flopsWithValue).toBeGreaterThan(plan.flops);
      const text = describeVisionPlan(plan, name);
      for (const word of ["Model:", "Data:", "Images:", "Operations", "Memory", "Hours"]) expect(text).toContain(word);
    },
  );

  it("knows DINOv3's sizes, and says which model it does not know", async () => {
    const { parameters } = planVisionRun(await load("paper/ade20k-vitb"));
    expect(parameters).toBeGreaterThan(85.6e6); // the backbone alone
    const run = await load("quickstart", "model=nobody/nothing");
    expect(() => planVisionRun(run)).toThrow('the size of "nobody/nothing" is not known');
  });
});

import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfigFile, parseConfig } from "../config/load-config.js";
import { visionConfigSchema } from "../vision/config.js";
import { describeVisionPlan, planVisionRun } from "./plan-vision-run.js";
import { short } from "./short.js";

const load = async (name: string, ...set: string[]) => {
  const path = fileURLToPath(new URL(`../../../../examples/vision/${name}.config.ts`, import.meta.url));
  return parseConfig(visionConfigSchema, await loadConfigFile(path, set), name);
};

describe("planVisionRun", () => {
  it.each([
    ["quickstart", 150, 16, 32, 2],
    ["camvid", 100, 16, 96, 6],
    ["paper/ade20k-vitb", 20_000, 256, 768, 12],
    ["paper/nyuv2-vitl", 20_000, 50, 1024, 24],
  ])("plans examples/vision/%s: %d steps of %d images, width %d", async (name, steps, batchSize, width, layers) => {
    const run = await load(name);
    const plan = planVisionRun(run);
    const [patch, registers] = typeof run.model === "string" ? [16, 4] : [run.model.patchSize, run.model.registers];
    // a block: four D×D and two D×4D matrices, biases but the key's, two norms, two scales; then patches, tokens, norm
    const backbone = layers * (12 * width ** 2 + 14 * width) + (3 * patch ** 2 + 4 + registers) * width;
    const { hiddenSize: inner, bottleneckSize: neck, outputSize } = run.projectionHead;
    const head = width * inner + inner ** 2 + inner * neck + neck * outputSize; // its biases are not counted
    expect([plan.steps, plan.images, plan.parameters]).toEqual([steps, steps * batchSize, backbone + head]);
    expect(plan.bytes).toBe(20 * plan.parameters); // student, gradient, two moments, teacher
    const { globalSize, localSize, locals } = run.crops;
    const [large, small] = [globalSize, localSize].map((side) => (side / patch) ** 2 + 1 + registers) as [
      number,
      number,
    ];
    // an image: two global crops through student, both ways, and teacher; the local ones through the student
    expect(plan.flops / plan.images / backbone).toBeCloseTo(2 * large * 8 + locals * small * 6, 6);
    const { metaBatchSize = batchSize, feedbackBatchSize, updateEvery } = run.value;
    const update = (16 * metaBatchSize + 6 * feedbackBatchSize) * large * backbone;
    expect(plan.flopsWithValue / (plan.flops + (steps / updateEvery) * update)).toBeCloseTo(1, 9);
    const valued = plan.methods.filter((method) => !["baseline", "random-mask", "oracle"].includes(method)).length;
    const hours = (valued * plan.flopsWithValue + (plan.methods.length - valued) * plan.flops) / 1.2e14 / 3600;
    const text = describeVisionPlan(plan, name);
    expect(text).toContain(`${short(backbone + head)} parameters with its DINO head`);
    expect(text).toContain(`- Images: ${short(steps * batchSize)} `);
    expect(text).toContain(`${hours.toPrecision(2)} at 120 TFLOP/s (one H100`);
  });

  it("says which model it does not know", async () => {
    const run = await load("quickstart", "model=nobody/nothing");
    expect(() => planVisionRun(run)).toThrow('the size of "nobody/nothing" is not known');
  });
});

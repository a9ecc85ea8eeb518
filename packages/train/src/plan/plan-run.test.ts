import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfigFile } from "../config/load-config.js";
import { parseRunConfig } from "../language/config.js";
import { describePlan, planRun } from "./plan-run.js";
import { short } from "./short.js";

const load = async (name: string, ...set: string[]) => {
  const path = fileURLToPath(new URL(`../../../../examples/language/${name}.config.ts`, import.meta.url));
  return parseRunConfig(await loadConfigFile(path, set), name);
};

describe("planRun", () => {
  // parameters, what of them trains, tokens a step and in all, of Hugging Face's configurations and method 4.1
  it.each([
    ["tiny", 115_072, 98_624, 4 * 192, 40, "synthetic stream, 160 rows, rows of at most 192 tokens"],
    ["small", 134_515_008, 7_080_768, 4 * 192, 40, "math/test.jsonl, 160 rows, rows of at most 192 tokens"],
    ["paper", 463_987_712, 25_701_376, 32 * 1024, 2000, "numina/train.jsonl, streamed in rows of 1024 tokens"],
    ["qwen25-lora", 494_032_768, 4_399_104, 32 * 1024, 2000, "tatsu-lab/alpaca (33 %), streamed in rows of 1024"],
    ["qwen25-full", 494_032_768, 494_032_768, 128 * 512, 12_000, "AI-MO/NuminaMath-CoT, streamed in rows of 512"],
  ])(
    "plans examples/language/%s: %d parameters, %d train",
    async (name, parameters, trained, perStep, steps, stream) => {
      const plan = planRun(await load(name));
      expect(plan).toMatchObject({ parameters, trained, tokensPerStep: perStep, tokens: steps * perStep });
      expect(plan.data["unlabeled"]).toContain(stream);
      expect(plan.flopsWithValue / plan.flops).toBeCloseTo(1.189, 9); // v1 table 3
      expect(plan.flops).toBeGreaterThan(plan.tokens * 2 * parameters * 0.5); // a tied table is counted once
      const hours = (2.189 * plan.flops) / 1.2e14 / 3600; // a baseline and a value
      expect(plan.hours["one H100, float32 products as TF32"]! / hours).toBeCloseTo(1, 9);
      expect(plan.bytes.model).toBe(4 * parameters);
      expect(plan.bytes.training - 16 * plan.designerParameters).toBe(12 * trained); // a gradient and two moments
      const text = describePlan(plan, name);
      expect(text).toContain(`${short(parameters)} parameters, ${short(trained)} ${plan.adapters ? "in" : "of"}`);
      expect(text).toContain(`- Tokens: ${short(perStep)} a step, ${short(steps * perStep)} a method.`);
      expect(text).toContain(`${hours.toPrecision(2)} at 120 TFLOP/s (one H100`);
      expect(text).toContain(`- Data, unlabeled: ${plan.data["unlabeled"]}.`);
    },
  );

  it("counts six operations a token and parameter where all train, and about four with adapters", async () => {
    const full = planRun(await load("qwen25-full"));
    expect(full.parameters).toBe(494_032_768);
    expect(full.trained).toBe(full.parameters);
    expect(full.tokensPerStep).toBe(65_536);
    const attention = (3 * 4 * 512 * 14 * 64 * 24) / full.parameters;
    expect(full.flops / full.tokens / full.parameters).toBeCloseTo(6 + attention, 1);
    const lora = planRun(await load("qwen25-lora"));
    expect(lora.trained).toBe(4_399_104); // PEFT: r = 8 on all seven projections of Qwen2.5-0.5B
    expect(lora.flops / lora.tokens / lora.parameters).toBeGreaterThan(4);
    expect(lora.flops / lora.tokens / lora.parameters).toBeLessThan(5);
    expect(lora.bytes.training).toBeLessThan(full.bytes.training / 10);
  });

  it("counts every method as the baseline where they have the same seconds", async () => {
    const [bySteps, bySeconds] = [await load("tiny"), await load("tiny", "match=seconds")].map(planRun);
    expect(bySteps!.methods).toEqual(["baseline", "value"]);
    const [machine] = Object.keys(bySteps!.hours);
    expect(bySteps!.hours[machine!]! / bySeconds!.hours[machine!]!).toBeCloseTo((1 + 1.189) / 2, 9);
    expect(describePlan(bySeconds!, "tiny")).toContain("- Methods: baseline, value, each in the time of the baseline.");
  });

  it("says which model it does not know", async () => {
    const run = await load("tiny", "model=nobody/nothing");
    expect(() => planRun(run)).toThrow('the size of "nobody/nothing" is not known');
  });
});

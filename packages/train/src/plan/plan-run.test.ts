import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadConfigFile } from "../config/load-config.js";
import { parseRunConfig } from "../language/config.js";
import { describePlan, planRun } from "./plan-run.js";

const load = async (name: string, ...set: string[]) => {
  const path = fileURLToPath(new URL(`../../../../examples/language/${name}.config.ts`, import.meta.url));
  return parseRunConfig(await loadConfigFile(path, set), name);
};

describe("planRun", () => {
  it.each(["tiny", "small", "paper", "qwen25-lora", "qwen25-full"])("plans examples/language/%s", async (name) => {
    const run = await load(name);
    const plan = planRun(run);
    expect(plan.tokens).toBe(run.steps * plan.tokensPerStep);
    const text = describePlan(plan, name);
    for (const word of ["Model:", "Data, unlabeled:", "Tokens:", "Operations", "Memory", "Hours"])
      expect(text).toContain(word);
  });

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

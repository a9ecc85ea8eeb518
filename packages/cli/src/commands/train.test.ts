import { runCommand } from "citty";
import { afterEach, describe, expect, it, vi } from "vitest";
import { trainCommand } from "./train.js";

afterEach(() => vi.restoreAllMocks());

async function printed(...rawArgs: readonly string[]): Promise<string> {
  const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  await runCommand(trainCommand, { rawArgs: [...rawArgs] });
  return log.mock.calls.map(([text]) => String(text)).join("\n");
}

describe("vpt train --preset", () => {
  it("plans the paper's run without a configuration file, with what --set changes", async () => {
    const text = await printed("--preset", "paper-v1", "--plan", "--set", "learner.learningRate=5e-6");
    expect(text).toContain("# Plan of --preset paper-v1");
    expect(text).toContain("- Model: Qwen/Qwen1.5-0.5B, 464 M parameters, 464 M of them train; designer 6.69 M.");
    expect(text).toContain("AI-MO/NuminaMath-CoT, streamed in rows of 1024 tokens");
    expect(text).toContain("- Tokens: 32.8 k a step, 65.5 M a method.");
    expect(text).toContain("- Preset paper-v1, designer: layers 6, width 256, heads 4, candidates 64,");
    expect(text).toContain("- Preset paper-v1, learner: learningRate 0.000005 (preset: 0.00001), lrWarmupSteps 60");
  });

  it("goes under a file's own keys", async () => {
    const file = new URL("../../../../examples/tiny.config.ts", import.meta.url).pathname;
    const { preset, methods } = JSON.parse(await printed(file, "--preset", "anchored", "--plan", "--json")) as {
      preset: { name: string; settings: { key: string; preset: string; changed?: string }[] };
      methods: string[];
    };
    expect(preset.name).toBe("anchored");
    expect(preset.settings).toContainEqual({ key: "value.updateEvery", preset: "8" });
    expect(preset.settings.map(({ key }) => key)).toContain("methods");
    expect(methods.length).toBeGreaterThan(0);
  });

  it("says which presets there are, and that one without data needs a file", async () => {
    await expect(printed("--preset", "paper-v3", "--plan")).rejects.toThrow(
      /"preset": .*"paper-v1".*received "paper-v3"/,
    );
    await expect(printed("--preset", "tilt", "--plan")).rejects.toThrow('config --preset tilt: "data"');
    await expect(printed("--plan")).rejects.toThrow("expected a configuration file");
  });
});

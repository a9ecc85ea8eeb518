import { expect, it } from "vitest";

it("checks sums by running them, and more of what the learner writes is right", { timeout: 120_000 }, async () => {
  const { check, result } = await import("./verifier.js");
  const answers = ["3+4", "3+5", "for(;;);"].map((text) => check({ prompt: "7=", text }));
  expect(answers).toEqual([1, 0, 0]);
  expect(result["tilt"]! - result["baseline"]!).toBeGreaterThan(0.1); // 180 samples each: a standard error of 0.05
});

import { describe, expect, it } from "vitest";
import { warmupCosine } from "./schedule.js";

describe("warmupCosine", () => {
  it("rises in equal parts to the peak, and falls as Hugging Face's schedule does", () => {
    const rate = warmupCosine({ peak: 1e-4, steps: 100, lrWarmupSteps: 5 });
    [0.2, 0.4, 0.6, 0.8, 1, 1].forEach((share, step) => expect(rate(step)).toBeCloseTo(1e-4 * share, 15));
    for (const step of [5, 17, 52, 98, 99]) {
      const progress = (step - 5) / (100 - 5);
      expect(rate(step)).toBeCloseTo(1e-4 * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress))), 15);
    }
  });

  it.each([
    [undefined, 0],
    [0.1, 0.1],
    [1, 1],
  ])("with a final share of %j goes to %d of the peak and stays there", (finalShare, expected) => {
    const rate = warmupCosine({
      peak: 1,
      steps: 20,
      lrWarmupSteps: 3,
      ...(finalShare !== undefined && { finalShare }),
    });
    expect(rate(20)).toBeCloseTo(expected, 15);
    expect(rate(1_000)).toBe(rate(20));
    if (expected < 1) for (let step = 4; step <= 20; step++) expect(rate(step)).toBeLessThan(rate(step - 1));
    expect(rate(19)).toBeGreaterThanOrEqual(expected); // the last step has a rate
    expect(rate(19)).toBeLessThan(expected + 0.01);
  });

  it("is finite at the edges: one step, no warm-up, nothing but warm-up", () => {
    expect(warmupCosine({ peak: 1, steps: 1 })(0)).toBe(1);
    expect(warmupCosine({ peak: 1, steps: 3, lrWarmupSteps: 3 })(2)).toBe(1);
    expect(warmupCosine({ peak: 1, steps: 3, lrWarmupSteps: 5 })(2)).toBeCloseTo(0.6, 15);
  });
});

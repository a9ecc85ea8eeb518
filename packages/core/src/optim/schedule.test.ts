import { describe, expect, it } from "vitest";
import { warmupCosine } from "./schedule.js";

describe("warmupCosine", () => {
  it("rises in equal parts to the peak, and ends at its share of it", () => {
    const rate = warmupCosine({ peak: 1e-4, steps: 100, lrWarmupSteps: 5 });
    [0.2, 0.4, 0.6, 0.8, 1, 1].forEach((share, step) => expect(rate(step)).toBeCloseTo(1e-4 * share, 15));
    expect(rate(99)).toBeCloseTo(1e-5, 15);
    expect(rate(52)).toBeCloseTo(1e-4 * (0.1 + 0.9 * 0.5 * (1 + Math.cos((Math.PI * 47) / 94))), 15);
  });

  it("falls at every step after the warm-up and stays at the end", () => {
    const rate = warmupCosine({ peak: 1, steps: 20, lrWarmupSteps: 3, finalShare: 0 });
    for (let step = 4; step < 20; step++) expect(rate(step)).toBeLessThan(rate(step - 1));
    expect(rate(19)).toBeCloseTo(0, 15);
    expect(rate(1_000)).toBe(rate(19));
  });

  it("is finite at the edges: one step, no warm-up, nothing but warm-up", () => {
    expect(warmupCosine({ peak: 1, steps: 1 })(0)).toBe(1);
    expect(warmupCosine({ peak: 1, steps: 3, lrWarmupSteps: 3 })(2)).toBe(1);
    expect(warmupCosine({ peak: 1, steps: 3, lrWarmupSteps: 5 })(2)).toBeCloseTo(0.6, 15);
  });
});

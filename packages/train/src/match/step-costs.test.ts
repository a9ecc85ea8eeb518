import { describe, expect, it } from "vitest";
import { secondsOfSteps, stepsInSeconds } from "./step-costs.js";

const costs = { burnInSteps: 3, burnInStep: 1, firstUpdate: 5, step: 2 };

describe("secondsOfSteps", () => {
  it.each([
    [0, 3, 0],
    [2, 3, 2], // ordinary steps alone
    [3, 3, 3],
    [4, 3, 3 + 5 + 2], // the first task of its own comes with the first feedback
    [10, 3, 3 + 5 + 14],
    [10, 0, 5 + 20],
  ])("%i steps with %i of burn-in take %f s", (steps, burnInSteps, seconds) => {
    expect(secondsOfSteps({ ...costs, burnInSteps }, steps)).toBe(seconds);
  });
});

describe("stepsInSeconds", () => {
  it("is the largest number of steps whose seconds fit", () => {
    for (const own of [{ ...costs, burnInSteps: 0 }, costs])
      for (let budget = 1; budget < 40; budget += 0.25) {
        const steps = stepsInSeconds(own, budget);
        expect(secondsOfSteps(own, steps)).toBeLessThanOrEqual(budget);
        expect(secondsOfSteps(own, steps + 1)).toBeGreaterThan(budget);
      }
  });

  it("gives a method of the same cost the same steps", () => {
    const same = { burnInSteps: 0, burnInStep: 0.125, firstUpdate: 0, step: 0.125 };
    expect(stepsInSeconds(same, secondsOfSteps(same, 300))).toBe(300);
  });

  it("gives a method of a fifth more about a fifth fewer", () => {
    const baseline = { burnInSteps: 0, burnInStep: 0.5, firstUpdate: 0, step: 0.5 };
    const value = { burnInSteps: 15, burnInStep: 0.5, firstUpdate: 1.5, step: 0.6 };
    // 150 s = 15 · 0.5 + 1.5 + 141 → 235 steps of 0.6
    expect(stepsInSeconds(value, secondsOfSteps(baseline, 300))).toBe(250);
  });
});

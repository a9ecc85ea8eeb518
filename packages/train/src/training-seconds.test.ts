import { describe, expect, it } from "vitest";
import { trainingSeconds } from "./training-seconds.js";

const line = (step: number, seconds: number, more: object = {}) => ({ step, seconds, dataSeconds: 0.25, ...more });

describe("trainingSeconds", () => {
  it("leaves out waiting for batches", () => {
    expect(trainingSeconds([line(0, 1), line(1, 1.5)], {})).toBe(2);
    expect(trainingSeconds([{ step: 0, seconds: 3 }], {})).toBe(3);
    expect(trainingSeconds([], {})).toBe(0);
  });

  it("counts a step that compiled as the mean of the others of its kind", () => {
    const schedule = { value: { burnInSteps: 1, updateEvery: 2 } }; // b m d m d m d
    const seconds = [2.25, 9.25, 7.25, 5.25, 1.25, 3.25, 1.75];
    const timings = seconds.map((each, step) => line(step, each, step < 3 ? { compiled: true } : {}));
    // burn-in has no warm step: the mean of all four others, (5 + 1 + 3 + 1.5) / 4
    const [burnIn, meta, design] = [10.5 / 4, 4, 1.25];
    expect(trainingSeconds(timings, schedule)).toBeCloseTo(burnIn + meta + design + 5 + 1 + 3 + 1.5, 12);
    expect(trainingSeconds(timings, schedule, 6)).toBeCloseTo(burnIn + meta + design + 10.5 + 6, 12);
  });

  it("does not add the first update where that step was timed as it was", () => {
    expect(trainingSeconds([line(0, 5), line(1, 1)], { value: { updateEvery: 2 } }, 6)).toBe(5.5);
  });

  it("takes the steps as they are where every one compiled", () => {
    expect(trainingSeconds([line(0, 5, { compiled: true }), line(1, 3, { compiled: true })], {})).toBe(7.5);
  });
});

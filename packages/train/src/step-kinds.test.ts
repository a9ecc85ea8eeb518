import { describe, expect, it } from "vitest";
import { firstTaskStep, kindOfStep, updatePeriod } from "./step-kinds.js";

const kinds = (schedule: Parameters<typeof kindOfStep>[1]) =>
  [0, 1, 2, 3, 4, 5, 6].map((step) => kindOfStep(step, schedule)[0]).join("");

describe("kindOfStep", () => {
  it("names burn-in, updates of the designer and the steps between them", () => {
    expect(kinds({ value: { burnInSteps: 2, updateEvery: 3 } })).toBe("bbmddmd");
    expect(kinds({ value: { updateEvery: 1 } })).toBe("mmmmmmm");
  });

  it("knows methods without a value", () => {
    expect(kinds({})).toBe("bbbbbbb");
    expect(kinds({ startDesigningAt: 3 })).toBe("bbbdddd");
  });
});

it("firstTaskStep and updatePeriod take core's defaults", () => {
  expect([firstTaskStep({ value: {} }), updatePeriod({ value: {} })]).toEqual([0, 8]);
  expect([firstTaskStep({}), updatePeriod({})]).toEqual([undefined, 1]);
  expect([firstTaskStep({ startDesigningAt: 4 }), updatePeriod({ startDesigningAt: 4 })]).toEqual([4, 1]);
});

import { expect, it } from "vitest";
import { isMetaStep, valueDefaults } from "./meta-schedule.js";

const steps = Array.from({ length: 20 }, (_, step) => step);

it("starts at the end of the burn-in and repeats", () => {
  expect(steps.filter((step) => isMetaStep(step, { updateEvery: 6, burnInSteps: 3 }))).toEqual([3, 9, 15]);
  expect(steps.filter((step) => isMetaStep(step, {}))).toEqual([0, 8, 16]);
  expect(valueDefaults).toMatchObject({ updateEvery: 8, burnInSteps: 0 });
});

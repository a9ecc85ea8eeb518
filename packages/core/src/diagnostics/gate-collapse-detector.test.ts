import { expect, it } from "vitest";
import { gateCollapseDetector } from "./gate-collapse-detector.js";

const cries = (gates: readonly (number | undefined)[]): (string | undefined)[] => {
  const alarm = gateCollapseDetector({ maxGate: 0.5, patience: 3 });
  return gates.map((gate, step) => alarm({ step, ...(gate !== undefined && { gate }) }));
};

it("speaks once when the gate has stayed at an end, and again after it came back", () => {
  const said = cries([0.005, 0.001, 0, 0, 0.1, 0, 0, 0]).map((cry) => cry?.slice(0, 7));
  expect(said).toEqual([undefined, undefined, "step 2:", undefined, undefined, undefined, undefined, "step 7:"]);
  expect(cries([0.495, 0.5, 0.4999])[2]).toMatch(/above 0.98·α_max for 3 steps/);
});

it("takes no notice of gates in between, nor of steps without one", () => {
  expect(cries([0.011, 0.2, 0.489, 0.25]).every((cry) => cry === undefined)).toBe(true);
  expect(cries([0, undefined, 0, undefined, 0.3, 0]).every((cry) => cry === undefined)).toBe(true);
  expect(() => gateCollapseDetector({ maxGate: 0 })).toThrow(/expected a positive/);
});

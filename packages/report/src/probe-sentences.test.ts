import { expect, it } from "vitest";
import { fixtureDiagnostics } from "./__fixtures__/fixture-diagnostics.js";
import { diagnosticNames, probeSentences } from "./probe-sentences.js";

it("says each theorem's outcome with its numbers", () => {
  const sentences = probeSentences(fixtureDiagnostics);
  expect(Object.keys(sentences)).toEqual([...diagnosticNames]);
  expect(sentences.stepBound).toBe(
    "Theorem 3.1: with the largest curvature of the batches before as L, the bound holds for 75.0 % of n = 4 steps; " +
      "L is 12.3 in the end. At rates above 0.0312 (median) the bound promises nothing.",
  );
  expect(sentences.remainder).toContain("is of order 1.98 in η (quartiles 1.90 to 2.01, n = 2 batches)");
  expect(sentences.estimator).toBe(
    "Lemma 3.3: V_S by the gradient of all probe rows is 0.1. Batches of the probe rows give 0.105 ± 0.00289 " +
      "(standard error, n = 2), z = 1.73: the lemma expects |z| below 3. Batches of the method's feedback, which are " +
      "other rows, give 0.12 ± 0.0115 (standard error, n = 3), z = 1.73.",
  );
  expect(sentences.subset).toBe(
    "Equation 20: |V − V_S| is within its bound at 2 of 2 batches. In the median V_S is 0.50 of V; " +
      "S holds 25.0 % of ‖g_down‖² and 15.0 % of ‖g_pre‖².",
  );
  expect(sentences.stepTaken).toContain(
    "over the aligned parameters and the realized decrease is 0.900 [-1.000, 1.000]",
  );
});

it("leaves out what was not measured", () => {
  const { stepTaken } = fixtureDiagnostics;
  expect(Object.keys(probeSentences({ stepTaken }))).toEqual(["stepTaken"]);
});

import { expect, it } from "vitest";
import { estimatorsStudy, summarizeEstimators } from "./estimators.js";
import { estimators, type EstimatorRow } from "./tiny-estimators.js";

const compared = (error: number) => ({ error, angle: error / 2, milliseconds: 10 * error, peakBytes: 1e6 * error });
const row = (seed: number, ...errors: readonly number[]): EstimatorRow => ({
  seed,
  reference: errors.map(() => ({ milliseconds: 40, peakBytes: 5e6 })),
  estimators: Object.fromEntries(
    Object.keys(estimators).map((name) => [
      name,
      errors.map((error) => compared(name === "jvp" ? error / 1e6 : error)),
    ]),
  ),
});
const measured = { study: "estimators", scale: "tiny", machine: "m", backend: "b", minutes: 1, settings: {} };

it("takes medians and worst cases over the batches of all seeds", () => {
  const { batches, reference, estimators: found, failures } = summarizeEstimators([row(1, 0.1, 0.3), row(2, 0.2)]);
  expect({ batches, failures, reference }).toEqual({
    batches: 3,
    failures: [],
    reference: { milliseconds: 40, peakMegabytes: 5 },
  });
  expect(found["central, h 1e-2"]).toEqual({
    median: 0.2,
    worst: 0.3,
    medianAngle: 0.1,
    worstAngle: 0.15,
    milliseconds: 2,
    peakMegabytes: 0.2,
  });
});

it("fails forward mode that is not exact to rounding on one batch", () => {
  const { failures } = summarizeEstimators([row(1, 0.1, 500)]);
  expect(failures).toEqual(["jvp: relative error below 1e-4 on every batch, is at most 5.0e-4"]);
});

it("opens with the error of forward mode, the reference first, and names what failed", async () => {
  const { text } = await estimatorsStudy.fromRows!({ ...measured, rows: [row(1, 0.1, 500)] });
  expect(text).toContain("Forward mode's relative error to double backprop is at most 5.0e-4 on 2 batches.");
  expect(text).toContain("| double backprop | reference | | | | 40.0 | 5.00 |");
  expect(text).toContain("## What does not hold\n\n- jvp: relative error below 1e-4");
  for (const name of Object.keys(estimators)) expect(text).toContain(`| ${name} |`);
});

import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendLog } from "@vpt/core/run";
import { describe, expect, it } from "vitest";
import { equalStepScores } from "./equal-step-scores.js";

const folder = mkdtempSync(join(tmpdir(), "vpt-equal-steps-"));
const evaluated = (name: string, lines: readonly (readonly [step: number, quick: boolean, nll: number])[]): string => {
  mkdirSync(join(folder, name));
  for (const [step, quick, nll] of lines)
    appendLog(join(folder, name, "evaluations.jsonl"), { step, quick, metrics: { nll } });
  return join(folder, name);
};

describe("equalStepScores", () => {
  const baseline = evaluated("baseline", [
    [10, true, 3],
    [20, true, 2],
    [30, false, 1.5],
    [40, true, 1],
  ]);

  it("takes the last step at which both were evaluated in the same way", () => {
    const own = evaluated("value", [
      [10, true, 2.5],
      [20, true, 1.75],
      [30, true, 1.25], // the baseline's was not quick
    ]);
    expect(equalStepScores(own, baseline)).toEqual({
      step: 20,
      quick: true,
      metrics: { nll: 1.75 },
      baseline: { nll: 2 },
    });
  });

  it("is undefined where no step is common, or nothing was evaluated", () => {
    expect(equalStepScores(evaluated("odd", [[15, true, 2]]), baseline)).toBeUndefined();
    expect(equalStepScores(join(folder, "nothing"), baseline)).toBeUndefined();
  });
});

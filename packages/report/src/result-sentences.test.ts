import { describe, expect, it } from "vitest";
import { fixtureSummary } from "./__fixtures__/fixture-run.js";
import { compareRuns } from "./compare-runs.js";
import { outcomeOf, resultSentences } from "./result-sentences.js";

describe("resultSentences", () => {
  it("names the best method first, with interval, n, time and what got worse", () => {
    const [best, worst] = resultSentences(compareRuns([fixtureSummary()]));
    expect(best).toMatch(
      /^tilt gained 0.0230 in held-out NLL on the baseline \(difference −0.0230, 95 % interval −0.02\d\d to −0.02\d\d/,
    );
    expect(best).toMatch(
      /, n = 4 test items of one seed\), at 2 times the baseline's time a step, with unlabeled NLL worse by 0.0100\.$/,
    );
    expect(worst).toMatch(
      /^value lost 0.0115 in held-out NLL against the baseline .* at 3 times .* top-1 worse by 0.0100/,
    );
  });

  it("says that a single seed without an interval may be chance", () => {
    const [tilt] = resultSentences(compareRuns([fixtureSummary({ kind: "vision" })]));
    expect(tilt).toBe(
      "tilt gained 0.0200 in mIoU on the baseline (difference +0.0200, one seed and no interval: it " +
        "may be chance), at 2 times the baseline's time a step.",
    );
  });

  it("claims nothing where the interval over seeds holds 0", () => {
    const seeds = [fixtureSummary({ kind: "vision", seed: 0, gains: [0, 0.02, 0] })] as const;
    const other = fixtureSummary({ kind: "vision", seed: 1, gains: [0, -0.01, 0] });
    const [tilt] = resultSentences(compareRuns([...seeds, other]));
    expect(tilt).toMatch(/^tilt shows no clear difference in mIoU to the baseline .* n = 2 seeds/);
  });

  it("compares nothing without a baseline, or with the baseline alone", () => {
    const [value] = resultSentences(compareRuns([fixtureSummary({ methods: ["value"], gains: [0.1] })]));
    expect(value).toBe("value took held-out NLL from 2.1000 to 1.9000; no other method ran beside it to compare with.");
    expect(resultSentences(compareRuns([fixtureSummary({ methods: ["tilt", "value"] })]))).toHaveLength(2);
    expect(resultSentences(compareRuns([fixtureSummary({ methods: ["baseline"] })]))).toHaveLength(1);
  });
});

it("classifies differences by the metric's direction and the interval", () => {
  const [nll, mIoU] = [false, true].map((higherIsBetter) => ({ name: "m", label: "m", higherIsBetter }));
  const difference = (mean: number, ci95: readonly [number, number] | null = null) =>
    ({ mean, ci95, n: 2, over: "seeds" }) as const;
  expect(outcomeOf(difference(-0.1, [-0.2, -0.01]), nll!)).toBe("better");
  expect(outcomeOf(difference(-0.1, [-0.2, -0.01]), mIoU!)).toBe("worse");
  expect(outcomeOf(difference(-0.1, [-0.3, 0.1]), nll!)).toBe("unclear");
  expect(outcomeOf(difference(0), nll!)).toBe("unclear");
});

import { describe, expect, it } from "vitest";
import { fixtureSummary } from "./__fixtures__/fixture-run.js";
import { compareRuns } from "./compare-runs.js";

describe("compareRuns", () => {
  it("pairs the test items of one run", () => {
    const { methods, primary, before, metrics } = compareRuns([fixtureSummary()]);
    const [baseline, tilt] = methods;
    expect(primary.name).toBe("nll");
    expect(metrics.map(({ name }) => name)).toEqual(["nll", "accuracy", "unlabeledNll"]);
    expect(before["nll"]).toBe(2.1);
    expect(baseline!.differences).toEqual({});
    expect(tilt!.differences["nll"]).toMatchObject({ n: 4, over: "items" });
    expect(tilt!.differences["nll"]!.mean).toBeCloseTo(-0.02 * 1.15, 12); // items gain 1, 1.1, 1.2 and 1.3 times
    expect(tilt!.differences["nll"]!.ci95![1]).toBeLessThan(0);
  });

  it("gives a metric that is not kept by item no interval", () => {
    const [, tilt] = compareRuns([fixtureSummary()]).methods;
    expect(tilt!.differences["accuracy"]).toMatchObject({ ci95: null, n: 1 });
    expect(tilt!.differences["accuracy"]!.mean).toBeCloseTo(0.02, 12);
  });

  it("pairs several runs by seed, with Student's interval", () => {
    const { methods } = compareRuns([
      fixtureSummary({ kind: "vision", seed: 0 }),
      fixtureSummary({ kind: "vision", seed: 10 }),
    ]);
    const [, tilt] = methods; // gains 0.02 and 0.04
    expect(tilt).toMatchObject({ seeds: [0, 10], skipped: 2 });
    expect(tilt!.metrics["mIoU"]).toBeCloseTo(0.33, 12);
    const { mean, ci95, n, over } = tilt!.differences["mIoU"]!;
    const half = (12.7062047 * 0.02) / 2; // t(0.975, 1)·s/√2 with s = 0.02/√2
    expect([n, over]).toEqual([2, "seeds"]);
    expect(mean).toBeCloseTo(0.03, 12);
    expect(ci95![0]).toBeCloseTo(0.03 - half, 6);
  });

  it("compares a method with the baseline of the seeds that have both", () => {
    const lonely = fixtureSummary({ kind: "vision", seed: 1, methods: ["tilt"], gains: [0.5] });
    const [, tilt] = compareRuns([fixtureSummary({ kind: "vision" }), lonely]).methods;
    expect(tilt!.seeds).toEqual([0, 1]);
    expect(tilt!.differences["mIoU"]).toMatchObject({ n: 1, ci95: null });
    expect(compareRuns([lonely]).methods[0]!.differences).toEqual({});
  });

  it("leaves numbers out that are not finite, which JSON keeps as null", () => {
    const summary = fixtureSummary({ kind: "vision" });
    const broken = JSON.parse(JSON.stringify(summary, (key, value) => (key === "rmse" ? NaN : value)));
    const { before, methods } = compareRuns([broken]);
    expect([before["rmse"], methods[1]!.metrics["rmse"], methods[1]!.differences["rmse"]]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("takes items that do not fit one another for no pairs", () => {
    const summary = fixtureSummary();
    const methods = summary.methods.map((own, i) =>
      i === 1 ? { ...own, scores: { ...own.scores, perItem: { nll: [1, 2] } } } : own,
    );
    expect(compareRuns([{ ...summary, methods }]).methods[1]!.differences["nll"]!.ci95).toBeNull();
  });

  it("compares the training time of a step, whatever number of steps each method took", () => {
    const summary = fixtureSummary({ kind: "vision", steps: 10 });
    const [baseline, tilt, value] = summary.methods;
    const methods = [baseline!, { ...tilt!, steps: 8, trainingSeconds: 10 }, value!];
    const [first, second, third] = compareRuns([{ ...summary, methods }]).methods;
    expect(first).toMatchObject({ secondsPerStep: 1, timesBaseline: undefined, atEqualSteps: undefined });
    expect(second).toMatchObject({ steps: 8, trainingSeconds: 10, secondsPerStep: 1.25, timesBaseline: 1.25 });
    expect(third!.timesBaseline).toBe(3);
  });

  it("pairs the evaluations at equal steps by seed", () => {
    const at = (seed: number, step: number, own: number) => {
      const summary = fixtureSummary({ kind: "vision", seed });
      const atEqualSteps = { step, quick: true, metrics: { mIoU: own }, baseline: { mIoU: 0.25 } };
      const methods = summary.methods.map((each, i) => (i === 1 ? { ...each, atEqualSteps } : each));
      return { ...summary, match: "seconds", methods } as const;
    };
    const one = compareRuns([at(0, 4, 0.5)]);
    expect([one.match, one.methods[1]!.atEqualSteps]).toEqual([
      "seconds",
      { step: 4, difference: { mean: 0.25, ci95: null, n: 1, over: "seeds" } },
    ]);
    const { step, difference } = compareRuns([at(0, 4, 0.35), at(1, 6, 0.45)]).methods[1]!.atEqualSteps!;
    expect([step, difference.n]).toEqual([5, 2]);
    expect(difference.mean).toBeCloseTo(0.15, 12); // 0.1 and 0.2
    expect(difference.ci95![1] - difference.mean).toBeCloseTo((12.7062047 * 0.1) / 2, 6);
  });
});

import { expect, it } from "vitest";
import { mainVisionStudy, summarizeMainVision, type MainVisionRow } from "./main-vision.js";

const row = (seed: number, baseline: number, value: number, random: number): MainVisionRow => {
  const scores = (mIoU: number, rmse: number) => ({ mIoU, rmse, secondsPerStep: 1 });
  return {
    seed,
    before: { mIoU: 0.3, rmse: 1 },
    methods: { baseline: scores(baseline, 1), value: scores(value, 0.9), "random-direction": scores(random, 1) },
  };
};
const rows = [row(1, 0.1, 0.2, 0.1), row(2, 0.5, 0.7, 0.4), row(3, 0.3, 0.4, 0.4)];

it("pairs by seed, and says what resolves", async () => {
  const { mean, paired } = summarizeMainVision(rows);
  expect(mean.value.mIoU).toBeCloseTo(1.3 / 3, 9);
  expect(paired["mIoU"]!["value/baseline"]).toMatchObject({ mean: expect.closeTo(0.4 / 3, 9), p: 0.25 });
  expect(Object.keys(paired["rmse"]!)).toEqual([
    "value/baseline",
    "value/random-direction",
    "random-direction/baseline",
  ]);
  expect(paired["mIoU"]!["random-direction/baseline"]!.holm).toBe(1);
  const measured = { study: "main-vision", scale: "tiny", machine: "m", backend: "b", minutes: 1, settings: {}, rows };
  const { text } = await mainVisionStudy.fromRows!(measured);
  expect(text).toContain("| value | 0.4333 | 0.9000 | 1.000 |");
  expect(text).toMatch(/Intervals without zero in 3 seeds: .*rmse value − baseline/);
});

it("plans every scale, the paper's from its files", async () => {
  for (const scale of ["tiny", "small"])
    expect(await mainVisionStudy.plan!({ scale })).toContain(`vpt repro main-vision --scale ${scale} --seeds 6`);
  const paper = await mainVisionStudy.plan!({ scale: "paper" });
  expect(paper).toContain("| ade20k-vitb | 4 |");
  expect(paper).toContain("vpt train examples/vision/paper/ade20k-vitl.config.ts --set seed=1");
});

it("leaves depth out where the data have none, and says when nothing is told apart", async () => {
  const only = (mIoU: number) => ({ mIoU, secondsPerStep: 0.5 });
  const flat = [0.4, 0.5, 0.6].map((mIoU, i): MainVisionRow => ({
    seed: i,
    before: { mIoU: 0.3 },
    methods: { baseline: only(mIoU), tilt: only(mIoU + (i - 1) / 10) },
  }));
  const { mean, paired } = summarizeMainVision(flat);
  expect(mean.tilt).toEqual({ mIoU: expect.closeTo(0.5, 9), secondsPerStep: 0.5 });
  expect(Object.keys(paired)).toEqual(["mIoU"]);
  const measured = { study: "main-vision", scale: "small", machine: "m", backend: "b", minutes: 1, settings: {} };
  const { text, figure } = await mainVisionStudy.fromRows!({ ...measured, rows: flat });
  expect(text).toContain("# main-vision, small: CamVid");
  expect(text).toContain("No difference is significant in 3 seeds: every interval holds zero.");
  expect(text).toContain("| method | mIoU | s a step |");
  expect(text).toContain("| tilt − baseline | mIoU | +0.0000 [");
  expect(figure).not.toContain("depth RMSE");
});

it("adjusts p within one metric, never below the raw p", () => {
  const { paired } = summarizeMainVision(rows);
  for (const all of Object.values(paired))
    for (const { p, holm } of Object.values(all)) {
      expect(holm).toBeGreaterThanOrEqual(p);
      expect(holm).toBeLessThanOrEqual(1);
    }
});

it("compares one seed without intervals", () => {
  const { paired } = summarizeMainVision(rows.slice(0, 1));
  expect(paired["mIoU"]!["value/baseline"]).toMatchObject({ mean: expect.closeTo(0.1, 12), ci95: null });
});

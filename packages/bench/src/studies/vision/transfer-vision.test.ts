import { expect, it } from "vitest";
import { summarizeTransferVision, transferVisionStudy, type TransferVisionRow } from "./transfer-vision.js";

const scores = (easy: number) => ({ easy, medium: easy / 2, hard: easy / 4 });
const row = (seed: number, baseline: number, value: number): TransferVisionRow => ({
  seed,
  before: scores(0.4),
  methods: { baseline: scores(baseline), value: scores(value) },
});
const rows = [row(1, 0.5, 0.6), row(2, 0.3, 0.5)];
const measured = {
  study: "transfer-vision",
  scale: "tiny",
  machine: "m",
  backend: "b",
  minutes: 1,
  settings: {},
};

it("gives means, and differences to the baseline paired by seed, protocol by protocol", () => {
  const { mean, againstBaseline, before, seeds, failures } = summarizeTransferVision(rows);
  expect({ seeds, failures, before }).toEqual({ seeds: [1, 2], failures: [], before: scores(0.4) });
  expect(mean["value"]!.easy).toBeCloseTo(0.55, 12);
  expect(mean["baseline"]!.hard).toBeCloseTo(0.1, 12);
  expect(Object.keys(againstBaseline)).toEqual(["value"]);
  expect(againstBaseline["value"]!.medium.mean).toBeCloseTo(0.075, 12);
  const half = (12.7062047 * 0.05) / 1; // t(0.975, 1)·s/√2 with s = 0.1/√2
  expect(againstBaseline["value"]!.easy.ci95![1]).toBeCloseTo(0.15 + half, 6);
});

it("shows the start, the methods, their differences, and the paper's numbers beside", async () => {
  const { text, figure } = await transferVisionStudy.fromRows!({ ...measured, rows });
  expect(text).toContain("# transfer-vision, tiny: retrieval");
  expect(text).toContain("**mAP easy minus the baseline's: value +0.1500 [−0.4853, +0.7853].**");
  expect(text).toContain("| start | 0.4000 | 0.2000 | 0.1000 |");
  expect(text).toContain("| value | 0.5500 | 0.2750 | 0.1375 |");
  expect(text).toContain("Student's 95 % intervals over 2 seeds.");
  expect(text).toContain("![Differences in mAP with their intervals](transfer-vision-tiny.svg)");
  for (const protocol of ["easy", "medium", "hard"]) expect(figure).toContain(`mAP ${protocol} − baseline`);
});

it("has no intervals for one seed", async () => {
  const { text } = await transferVisionStudy.fromRows!({ ...measured, rows: rows.slice(0, 1) });
  expect(text).toContain("| value | +0.1000 | +0.0500 | +0.0250 |");
});

import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "../ablation/tiny-start.js";
import { feedbackSizes, runFeedbackSizeSeed, summarizeFeedbackSize } from "./feedback-size.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("every size has its own end, and is compared with the baseline's and with that of 256 documents", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 3, batchSize: 4, testRows: 16 };
  const row = await runFeedbackSizeSeed(0, {
    settings,
    progress: { setStatus: () => {}, log: () => {} },
    compile: (f) => f,
  });
  const { sizes } = summarizeFeedbackSize([row]);
  expect(new Set(sizes.map(({ nll }) => nll)).size).toBe(feedbackSizes.length);
  for (const { size, nll, againstBaseline, againstUsual } of sizes) {
    expect(nll).toBe(row.value[size]!.nll);
    expect(againstBaseline.mean).toBeCloseTo(nll - row.baseline.nll, 12);
    expect(againstUsual.mean).toBeCloseTo(nll - row.value[256]!.nll, 12);
    if (size !== 256) expect(againstUsual.mean).not.toBe(0);
  }
});

it("pairs the seeds: Student's interval of the differences", () => {
  const rowOf = (seed: number, baseline: number, shift: number) => {
    const result = (nll: number) => ({ nll, accuracy: nll / 10, steps: 3, seconds: 1 });
    // each size ends `shift·size/256` below the baseline
    const value = Object.fromEntries(feedbackSizes.map((size) => [size, result(baseline - (shift * size) / 256)]));
    return { seed, baseline: result(baseline), value };
  };
  const { sizes, baseline } = summarizeFeedbackSize([rowOf(0, 2, 0.1), rowOf(1, 5, 0.3), rowOf(2, 3, 0.2)]);
  expect(baseline).toBeCloseTo(10 / 3, 12);
  for (const { size, nll, accuracy, againstBaseline, againstUsual } of sizes) {
    const gain = (0.2 * size) / 256;
    expect([nll, accuracy]).toEqual([expect.closeTo(10 / 3 - gain, 12), expect.closeTo(1 / 3 - gain / 10, 12)]);
    expect(againstBaseline.mean).toBeCloseTo(-gain, 12);
    expect(againstUsual.mean).toBeCloseTo(0.2 - gain, 12);
    const half = (4.302652729911275 * 0.1 * (size / 256)) / Math.sqrt(3); // t of two degrees, deviation 0.1
    againstBaseline.ci95!.forEach((bound, i) => expect(bound).toBeCloseTo(-gain + [-half, half][i]!, 9));
  }
});

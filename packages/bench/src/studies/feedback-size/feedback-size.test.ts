import { useBackend } from "@vpt/backend";
import { beforeAll, expect, it } from "vitest";
import { tinySettings } from "../ablation/tiny-start.js";
import { feedbackSizes, runFeedbackSizeSeed, summarizeFeedbackSize } from "./feedback-size.js";

beforeAll(async () => void (await useBackend({ device: "auto", threads: 1, log: () => {} })));

it("every size has its own end, and the usual one no difference to itself", async () => {
  const settings = { ...tinySettings, warmSteps: 3, steps: 3, batchSize: 4, testRows: 16 };
  const row = await runFeedbackSizeSeed(0, {
    settings,
    progress: { setStatus: () => {}, log: () => {} },
    compile: (f) => f,
  });
  const { sizes } = summarizeFeedbackSize([row]);
  expect(new Set(sizes.map(({ nll }) => nll)).size).toBe(feedbackSizes.length);
  expect(sizes.find(({ size }) => size === 256)!.againstUsual.mean).toBe(0);
});
